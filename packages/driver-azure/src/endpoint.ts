import type { StorageSection } from '@milvus-backup/core/driver';

const defaultHost = 'core.windows.net';

/** Where the tokens of a cloud come from, by the end of the host name of its stores. */
const authorities: readonly (readonly [string, string])[] = [
  ['core.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ['core.usgovcloudapi.net', 'https://login.microsoftonline.us'],
];
const publicAuthority = 'https://login.microsoftonline.com';

export function authorityOf(url: string): string {
  const host = new URL(url).hostname;
  return authorities.find(([suffix]) => host.endsWith(suffix))?.[1] ?? publicAuthority;
}

/**
 * The URL of the blob service, as the Go tool makes it: always TLS, the account in the host name. A bare IP address and
 * `localhost` cannot carry an account in front, so they are emulators: account in the path, TLS as `useSSL` says.
 * @throws TypeError when address and port make no URL
 */
export function serviceUrl(section: StorageSection, account: string): string {
  const address = section.address.trim() || defaultHost;
  if (isEmulator(address)) {
    const scheme = section.useSSL ? 'https' : 'http';
    return trim(new URL(`${scheme}://${address}${portOf(section)}/${account}`));
  }
  const host = address.startsWith(`${account}.`) ? address : `${account}.blob.${address}`;
  return trim(new URL(`https://${host}${portOf(section)}`));
}

/** A URL that was given as a whole, without what the driver adds itself. */
export function trim(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

const portOf = (section: StorageSection): string => (section.port > 0 ? `:${section.port}` : '');

function isEmulator(address: string): boolean {
  return address === 'localhost' || address.startsWith('[') || /^\d+(\.\d+){3}$/.test(address);
}
