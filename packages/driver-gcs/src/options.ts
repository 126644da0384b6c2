import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DriverContext, invalidSetting, type StorageSection } from '@milvus-backup/core/driver';
import { z } from 'zod';

/** The block `options` of a storage section that uses this driver. Every key may be left out. */
export const gcsOptionsSchema = z.strictObject({
  /** Sends no credentials: emulators, public buckets. */
  anonymous: z.boolean().default(false),
  /** Content of a key file, for those who keep it in a variable. Secret. */
  credentialsJson: z.string().min(1).optional(),
  /** Where buckets are made. Default: the project of the credentials. */
  projectId: z.string().min(1).optional(),
  /** Bytes, in MiB, held for an upload of unknown length. */
  chunkSizeMiB: z.number().int().min(1).max(1024).default(16),
  /** Deletes of one call that are under way at once. */
  deletesAtOnce: z.number().int().min(1).max(256).default(16),
  maxSockets: z.number().int().min(1).max(4096).default(256),
  /** Tries of one request by the driver, the first included. */
  maxAttempts: z.number().int().min(1).max(20).default(3),
  /** How long a connection may be silent. */
  requestTimeoutSeconds: z.number().positive().max(3600).default(120),
  /** PEM file with certificates to trust beside the well-known ones. */
  caFile: z.string().min(1).optional(),
});

/** Everything the driver needs to know, checked. */
export interface GcsOptions {
  readonly section: string;
  readonly bucket: string;
  /** Where a new bucket is made; empty: where the store likes. */
  readonly location: string;
  /** URL without path. */
  readonly endpoint: string;
  /** `address:port`, for messages. */
  readonly target: string;
  readonly useSSL: boolean;
  readonly auth: GcsAuth;
  /** Empty: asked of the credentials. */
  readonly projectId: string;
  /** Bytes. */
  readonly chunkSize: number;
  readonly deletesAtOnce: number;
  readonly maxSockets: number;
  readonly maxAttempts: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** PEM text. */
  readonly ca: string | undefined;
}

export type GcsAuth =
  | { readonly type: 'anonymous' }
  /** The library's own search: variable, well-known file, metadata server. */
  | { readonly type: 'default' }
  | { readonly type: 'key'; readonly key: GoogleKey };

/** A parsed key file: of a service account, a user, or a federation of identities. */
export type GoogleKey = Readonly<Record<string, unknown>>;

type Own = z.output<typeof gcsOptionsSchema>;

const MiB = 1024 * 1024;
const googleHost = 'storage.googleapis.com';

/** What a key must hold, by its type. */
const keyFields: Readonly<Record<string, readonly string[]>> = {
  service_account: ['client_email', 'private_key'],
  authorized_user: ['client_id', 'client_secret', 'refresh_token'],
  external_account: ['audience', 'subject_token_type', 'token_url', 'credential_source'],
  external_account_authorized_user: ['client_id', 'client_secret', 'refresh_token', 'token_url'],
  impersonated_service_account: ['service_account_impersonation_url', 'source_credentials'],
};

/**
 * Checks a storage section and reads the key file it names.
 * @throws BackupError `CONFIG_INVALID` naming the key and the value; never the value of a secret
 */
export function readOptions(section: StorageSection, context: DriverContext): GcsOptions {
  if (section.bucketName === '') throw invalidSetting(section, 'bucketName', '', 'is empty');
  const own = readOwn(section);
  const auth = readAuth(section, own, context.cwd);
  const { endpoint, useSSL } = readEndpoint(section);
  return {
    section: section.path,
    bucket: section.bucketName,
    location: section.region,
    endpoint,
    target: targetOf(endpoint),
    useSSL,
    auth,
    projectId: own.projectId ?? projectOf(auth),
    chunkSize: own.chunkSizeMiB * MiB,
    deletesAtOnce: own.deletesAtOnce,
    maxSockets: own.maxSockets,
    maxAttempts: own.maxAttempts,
    requestTimeout: own.requestTimeoutSeconds * 1000,
    ca: own.caFile === undefined ? undefined : readCa(section, resolve(context.cwd, own.caFile)),
  };
}

function readOwn(section: StorageSection): Own {
  const parsed = gcsOptionsSchema.safeParse(section.options ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = ['options', ...(issue?.path ?? [])].join('.');
  throw invalidSetting(section, key, undefined, issue?.message ?? 'is not valid');
}

/** Google's own hosts speak TLS only; everything else is an emulator or a proxy and taken at its word. */
function readEndpoint(section: StorageSection): { endpoint: string; useSSL: boolean } {
  const address = section.address.trim() || googleHost;
  if (address.includes('/') || (address.includes(':') && !address.startsWith('['))) {
    const reason = 'must be a host name or IP address alone, without scheme, port or path';
    throw invalidSetting(section, 'address', address, reason);
  }
  if (address === googleHost) return { endpoint: `https://${googleHost}`, useSSL: true };
  const useSSL = section.useSSL || address.endsWith('.googleapis.com');
  const port = section.port === 0 ? '' : `:${section.port}`;
  try {
    return { endpoint: new URL(`${useSSL ? 'https' : 'http'}://${address}${port}`).origin, useSSL };
  } catch (cause) {
    throw invalidSetting(section, 'address', `${address}${port}`, 'is not a valid host and port', cause);
  }
}

function targetOf(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

function readAuth(section: StorageSection, own: Own, cwd: string): GcsAuth {
  const { type, credentialsFile } = section.auth;
  if (own.anonymous) return { type: 'anonymous' };
  if (own.credentialsJson !== undefined) {
    return { type: 'key', key: parseKey(section, 'options.credentialsJson', undefined, own.credentialsJson) };
  }
  switch (type) {
    case 'serviceAccount': {
      if (credentialsFile === '') throw invalidSetting(section, 'auth.credentialsFile', '', 'is empty');
      if (credentialsFile.trimStart().startsWith('{')) {
        const reason = 'holds the content of a key file; write its path, or use options.credentialsJson';
        throw invalidSetting(section, 'auth.credentialsFile', undefined, reason);
      }
      const file = resolve(cwd, credentialsFile);
      return { type: 'key', key: parseKey(section, 'auth.credentialsFile', file, readKey(section, file)) };
    }
    case 'default':
      return { type: 'default' };
    default:
      throw invalidSetting(
        section,
        'auth.type',
        type,
        'does not exist for Google; use serviceAccount or default (gcp with HMAC keys is another provider)',
      );
  }
}

function readKey(section: StorageSection, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalidSetting(section, 'auth.credentialsFile', file, 'cannot be read', cause);
  }
}

/** No cause is kept: a parser may quote what it stumbled over, and this is a private key. */
function parseKey(
  section: StorageSection,
  name: string,
  file: string | undefined,
  content: string,
): GoogleKey {
  let key: unknown;
  try {
    key = JSON.parse(content);
  } catch {
    throw invalidSetting(section, name, file, 'is no JSON; download the key of the account again');
  }
  if (typeof key !== 'object' || key === null || Array.isArray(key)) {
    throw invalidSetting(section, name, file, 'is no Google key: its JSON is no object');
  }
  const found = new Map<string, unknown>(Object.entries(key));
  const type = found.get('type');
  const fields = typeof type === 'string' ? keyFields[type] : undefined;
  if (fields === undefined) {
    const known = Object.keys(keyFields).join(', ');
    throw invalidSetting(section, name, file, `is no Google key: its "type" is none of ${known}`);
  }
  const missing = fields.filter((field) => (found.get(field) ?? '') === '');
  if (missing.length > 0) {
    throw invalidSetting(
      section,
      name,
      file,
      `is no whole key of type ${String(type)}: it lacks ${missing.join(', ')}`,
    );
  }
  if (type === 'service_account' && !isPrivateKey(found.get('private_key'))) {
    throw invalidSetting(
      section,
      name,
      file,
      'holds a private_key that is no PEM key; download the key again',
    );
  }
  return Object.fromEntries(found);
}

function isPrivateKey(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return createPrivateKey(value).type === 'private';
  } catch {
    return false;
  }
}

function projectOf(auth: GcsAuth): string {
  const project = auth.type === 'key' ? auth.key.project_id : undefined;
  return typeof project === 'string' ? project : '';
}

function readCa(section: StorageSection, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalidSetting(section, 'options.caFile', file, 'cannot be read', cause);
  }
}
