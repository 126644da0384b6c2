import { type ChannelCredentials, type ClientOptions, credentials } from '@grpc/grpc-js';
import type { MilvusSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';

export type ReadFile = (path: string) => Promise<Uint8Array>;
type Grpc = MilvusSection['grpc'];

/** How the connection is secured, and what the channel must be told for it. */
export interface ClientSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ClientOptions;
}

/** PEM texts; `null` where Node's own authorities, or no certificate of ours, are meant. */
export interface TlsFiles {
  readonly ca: Buffer | null;
  readonly key: Buffer | null;
  readonly certificate: Buffer | null;
}

/**
 * The files that `milvus.grpc` names, `null` without TLS.
 * @throws BackupError `CONFIG_INVALID` for a file that cannot be read, naming its key
 */
export async function readTlsFiles(grpc: Grpc, readFile: ReadFile): Promise<TlsFiles | null> {
  if (grpc.tlsMode === 'disabled') return null;
  const mutual = grpc.tlsMode === 'mutual';
  const ca = grpc.caCertPath === '' ? null : await readPem(grpc, 'caCertPath', readFile);
  const key = mutual ? await readPem(grpc, 'mtlsKeyPath', readFile) : null;
  const certificate = mutual ? await readPem(grpc, 'mtlsCertPath', readFile) : null;
  return { ca, key, certificate };
}

/**
 * `disabled` is plaintext, `server` checks Milvus's certificate, `mutual` shows one of ours too. Without a CA file
 * the authorities that Node trusts are used.
 * @throws BackupError `CONFIG_INVALID` for files that cannot be used
 */
export function createSecurity(grpc: Grpc, files: TlsFiles | null): ClientSecurity {
  if (files === null) return { credentials: credentials.createInsecure(), options: {} };
  const { ca, key, certificate } = files;
  const options: ClientOptions =
    grpc.serverName === ''
      ? {}
      : { 'grpc.ssl_target_name_override': grpc.serverName, 'grpc.default_authority': grpc.serverName };
  try {
    return { credentials: credentials.createSsl(ca, key, certificate), options };
  } catch (cause) {
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `the TLS files of milvus.grpc cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'give PEM files, and a key that belongs to the certificate',
      cause,
    });
  }
}

type PemKey = 'caCertPath' | 'mtlsCertPath' | 'mtlsKeyPath';

async function readPem(grpc: Grpc, key: PemKey, readFile: ReadFile): Promise<Buffer> {
  const path = grpc[key];
  const setting = `milvus.grpc.${key}`;
  if (path === '') {
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `milvus.grpc.tlsMode is "mutual", but ${setting} is empty`,
      remedy: `set ${setting} to a PEM file`,
      details: { key: setting },
    });
  }
  try {
    return Buffer.from(await readFile(path));
  } catch (cause) {
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `the file of ${setting} cannot be read: ${path}`,
      remedy: 'check the path and its permissions',
      cause,
      details: { key: setting, path },
    });
  }
}
