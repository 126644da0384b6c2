import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { BackupError, type ServerSection } from '@milvus-backup/core';

/** What a server and each later `setSecureContext` take. */
export type TlsOptions = Pick<SecureContextOptions, 'cert' | 'key' | 'ca' | 'minVersion'>;

/**
 * Reads the files of `server.tls` and proves them fit for use before anything is served with them.
 * @param now milliseconds since 1970
 * @throws BackupError `CONFIG_INVALID` for what is missing, broken, expired, or not of one pair
 */
export function readTls(tls: ServerSection['tls'], now: number): TlsOptions {
  const cert = readPem(tls.cert, 'server.tls.cert');
  const key = readPem(tls.key, 'server.tls.key');
  const certificate = attempt(tls.cert, 'holds no certificate', () => new X509Certificate(cert));
  const privateKey = attempt(tls.key, 'holds no private key without a passphrase', () =>
    createPrivateKey(key),
  );
  if (Date.parse(certificate.validTo) <= now) throw invalid(tls.cert, `expired on ${certificate.validTo}`);
  if (!certificate.checkPrivateKey(privateKey)) throw invalid(tls.key, `is not the key of ${tls.cert}`);
  const ca = tls.clientCA === '' ? {} : { ca: readAuthority(tls.clientCA) };
  const options = { cert, key, ...ca, minVersion: tls.minVersion };
  attempt(tls.cert, 'cannot be used', () => createSecureContext(options));
  return options;
}

/** Whether two readings are of the same files. */
export const isSameTls = (one: TlsOptions, other: TlsOptions): boolean =>
  one.cert === other.cert && one.key === other.key && one.ca === other.ca;

function readAuthority(path: string): string {
  const text = readPem(path, 'server.tls.clientCA');
  attempt(path, 'holds no certificate', () => new X509Certificate(text));
  return text;
}

function readPem(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(path, `cannot be read (${key})`, cause);
  }
}

function attempt<T>(path: string, message: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw invalid(path, message, cause);
  }
}

const invalid = (path: string, message: string, cause?: unknown): BackupError =>
  new BackupError({
    code: 'CONFIG_INVALID',
    message: `the file ${path} ${message}`,
    remedy: 'give a PEM certificate chain, its key, and certificates of the authority, all in date',
    details: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
