import { BlockList, isIP, isIPv6 } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/** The proxy for one endpoint, and the variable that names it. */
export interface ProxyChoice {
  readonly variable: string;
  readonly url: string;
}

/**
 * The proxy that the environment names for an endpoint, by the rules of the Go tool: `HTTPS_PROXY` or `HTTP_PROXY` by the
 * scheme, `NO_PROXY` against it, and never one for this machine itself. Not a library's: those read the process.
 */
export function chooseProxy(endpoint: string, env: Env): ProxyChoice | undefined {
  const { protocol, hostname, port } = new URL(endpoint);
  const secure = protocol === 'https:';
  const name = secure ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const variable = [name, name.toLowerCase()].find((candidate) => env[candidate]);
  if (variable === undefined) return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const target = { host, port: port || (secure ? '443' : '80') };
  if (isThisMachine(host) || isExempt(target, env.NO_PROXY || env.no_proxy || '')) return undefined;
  const url = env[variable] ?? '';
  return { variable, url: url.includes('://') ? url : `http://${url}` };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, familyOf(host)));
}

interface Target {
  readonly host: string;
  readonly port: string;
}

function isExempt(target: Target, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(target, entry));
}

/** `*`, a network, a host with or without port; a host stands for those below it too, `.host` for those alone. */
function matches({ host, port }: Target, entry: string): boolean {
  if (entry === '*') return true;
  const network = /^(.+)\/(\d+)$/.exec(entry);
  if (network) return isInNetwork(host, network[1] ?? '', Number(network[2]));
  const withPort = isIPv6(entry) ? null : /^(.+):(\d+)$/.exec(entry);
  if (withPort && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[(.*)\]$/, '$1').replace(/^\*(?=\.)/, '');
  if (isIP(host) !== 0) return name === host;
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function isInNetwork(host: string, address: string, bits: number): boolean {
  if (isIP(host) === 0 || isIP(host) !== isIP(address) || bits > (isIPv6(address) ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, familyOf(address));
  return list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
