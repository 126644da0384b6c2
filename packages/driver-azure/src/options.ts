import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DriverContext, invalidSetting, type StorageSection } from '@milvus-backup/core/driver';
import { z } from 'zod';
import { type AzureAuth, readAuth } from './auth.js';
import { serviceUrl, trim } from './endpoint.js';

/** The block `options` of a storage section that uses this driver. Every key may be left out. */
export const azureOptionsSchema = z.strictObject({
  /** Secret. In place of an account key; needs `auth.type: default`. */
  connectionString: z.string().min(1).optional(),
  /** File that holds one. */
  connectionStringFile: z.string().min(1).optional(),
  /** Secret. A shared access signature of the account or the container; needs `auth.type: default`. */
  sasToken: z.string().min(1).optional(),
  /** File that holds one. */
  sasTokenFile: z.string().min(1).optional(),
  /** Which identity `auth.type: default` uses; `chain` tries them all in the order of the Azure SDK. */
  credential: z.enum(['chain', 'workloadIdentity', 'managedIdentity']).default('chain'),
  /** Client id of the identity, where there are several. */
  clientId: z.string().min(1).optional(),
  tenantId: z.string().min(1).optional(),
  /** Where tokens come from. Default: as the cloud of the address has it. */
  authorityHost: z.url({ protocol: /^https$/ }).optional(),
  /** URL of the blob service, with the account where it belongs: private endpoints, own domains, emulators. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** MD5 kept with each object and checked at its reading, and a CRC64 of each part on its way. */
  checksums: z.boolean().default(true),
  /** Whether many objects are removed by one request. Default: not at emulators, which are slow at it. */
  batchDelete: z.boolean().optional(),
  /** Bytes per block of an upload, in MiB; a block is held in memory. */
  partSizeMiB: z.number().int().min(1).max(4000).default(8),
  /** Blocks of one upload that are under way at once. */
  partConcurrency: z.number().int().min(1).max(64).default(2),
  maxSockets: z.number().int().min(1).max(4096).default(256),
  /** Tries of one request by the SDK, the first included. */
  maxAttempts: z.number().int().min(1).max(20).default(3),
  /** How long one request may go without an answer. */
  requestTimeoutSeconds: z.number().positive().max(3600).default(120),
  /** PEM file with certificates to trust beside the system's. */
  caFile: z.string().min(1).optional(),
});

export type OwnOptions = z.output<typeof azureOptionsSchema>;

/** Everything the driver needs to know, checked. */
export interface AzureOptions {
  readonly section: string;
  readonly account: string;
  readonly container: string;
  /** URL of the blob service without a slash at its end. */
  readonly url: string;
  /** Host and port, for messages. */
  readonly target: string;
  readonly useSSL: boolean;
  readonly auth: AzureAuth;
  readonly checksums: boolean;
  /** Blocks are proven by MD5 in place of CRC64: emulators compute that in plain JavaScript, at a quarter of the speed. */
  readonly md5Blocks: boolean;
  readonly batchDelete: boolean;
  /** Bytes. */
  readonly partSize: number;
  readonly partConcurrency: number;
  readonly maxSockets: number;
  readonly maxAttempts: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** PEM text. */
  readonly ca: string | undefined;
}

const MiB = 1024 * 1024;

/**
 * Checks a storage section.
 * @throws BackupError `CONFIG_INVALID` naming the key and the value; never the value of a secret
 */
export function readOptions(section: StorageSection, context: DriverContext): AzureOptions {
  if (section.provider !== 'azure') {
    throw invalidSetting(section, 'provider', section.provider, 'is not one that driver-azure serves');
  }
  if (section.bucketName === '') throw invalidSetting(section, 'bucketName', '', 'is empty');
  const own = readOwn(section);
  const { auth, account, url: given } = readAuth(section, own, context);
  if (account === '') throw invalidSetting(section, 'accountName', '', 'is empty');
  const url = readUrl(section, own.endpoint ?? given, account);
  const { host, protocol, hostname } = new URL(url);
  const useSSL = protocol === 'https:';
  if (auth.type === 'token' && !useSSL) {
    throw invalidSetting(
      section,
      'auth.type',
      section.auth.type,
      'sends a token, which Azure takes over TLS only',
    );
  }
  return {
    section: section.path,
    account,
    container: section.bucketName,
    url,
    target: host,
    useSSL,
    auth,
    checksums: own.checksums,
    md5Blocks: !hostname.startsWith(`${account}.`),
    batchDelete: own.batchDelete ?? hostname.startsWith(`${account}.`),
    partSize: own.partSizeMiB * MiB,
    partConcurrency: own.partConcurrency,
    maxSockets: own.maxSockets,
    maxAttempts: own.maxAttempts,
    requestTimeout: own.requestTimeoutSeconds * 1000,
    ca: own.caFile === undefined ? undefined : readCa(section, resolve(context.cwd, own.caFile)),
  };
}

function readOwn(section: StorageSection): OwnOptions {
  const parsed = azureOptionsSchema.safeParse(section.options ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = ['options', ...(issue?.path ?? [])].join('.');
  throw invalidSetting(section, key, undefined, issue?.message ?? 'is not valid');
}

function readUrl(section: StorageSection, given: string | undefined, account: string): string {
  if (given !== undefined) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search) return trim(url);
    throw invalidSetting(section, 'options', undefined, 'the endpoint is not a URL without user and query');
  }
  const address = section.address.trim();
  if (address.includes('/') || (address.includes(':') && !address.startsWith('['))) {
    throw invalidSetting(
      section,
      'address',
      address,
      'must be a host name alone, without scheme, port or path',
    );
  }
  try {
    return serviceUrl(section, account);
  } catch (cause) {
    throw invalidSetting(
      section,
      'address',
      `${address}:${section.port}`,
      'is not a valid host and port',
      cause,
    );
  }
}

function readCa(section: StorageSection, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalidSetting(section, 'options.caFile', file, 'cannot be read', cause);
  }
}
