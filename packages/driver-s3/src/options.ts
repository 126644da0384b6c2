import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  BackupError,
  type DriverContext,
  driverRoot,
  invalidSetting,
  type StorageSection,
} from '@milvus-backup/core/driver';
import { z } from 'zod';
import { type Family, families } from './families.js';
import { chooseProxy } from './proxy.js';

/** The block `options` of a storage section that uses this driver. Every key may be left out. */
export const s3OptionsSchema = z.strictObject({
  /** `never`: the bucket is part of the host name; `always`: of the path. Default: as the provider needs it. */
  pathStyle: z.enum(['auto', 'always', 'never']).optional(),
  /** `whenRequired` for stores that do not know the CRC32 checksums of today's S3. */
  checksums: z.enum(['whenSupported', 'whenRequired']).optional(),
  /** Whether the store honours `If-None-Match: *` on writes, under a race too. */
  conditionalPut: z.boolean().optional(),
  /** Whether the store has DeleteObjects. */
  batchDelete: z.boolean().optional(),
  /** Whether the store has UploadPartCopy. */
  multipartCopy: z.boolean().optional(),
  /** Bytes per part of an upload, in MiB; a part is held in memory. */
  partSizeMiB: z.number().int().min(5).max(5120).default(8),
  /** Parts of one upload that are under way at once. */
  partConcurrency: z.number().int().min(1).max(64).default(2),
  maxSockets: z.number().int().min(1).max(4096).default(256),
  /** Tries of one request by the SDK, the first included. */
  maxAttempts: z.number().int().min(1).max(20).default(3),
  /** How long one request may go without an answer. */
  requestTimeoutSeconds: z.number().positive().max(3600).default(120),
  /** PEM file with certificates to trust beside the system's. */
  caFile: z.string().min(1).optional(),
});

/** Everything the driver needs to know, checked. */
export interface S3Options {
  readonly section: string;
  readonly bucket: string;
  readonly region: string;
  readonly useSSL: boolean;
  /** URL without path. */
  readonly endpoint: string;
  /** Key prefix of the section, without slashes around it. */
  readonly folder: string;
  /** `address:port`, for messages. */
  readonly target: string;
  readonly forcePathStyle: boolean;
  readonly family: Family;
  readonly auth: S3Auth;
  readonly checksums: 'whenSupported' | 'whenRequired';
  readonly conditionalPut: boolean;
  readonly batchDelete: boolean;
  readonly multipartCopy: boolean;
  /** Bytes. */
  readonly partSize: number;
  readonly partConcurrency: number;
  readonly maxSockets: number;
  readonly maxAttempts: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** PEM text. */
  readonly ca: string | undefined;
  /** URL of the proxy on the way; it may hold a password. */
  readonly proxy: string | undefined;
}

export type S3Auth =
  | { readonly type: 'static'; readonly id: string; readonly secret: string; readonly token: string }
  | {
      readonly type: 'chain';
      /** Of the token or metadata service; empty: the usual one. */
      readonly endpoint: string;
      readonly env: DriverContext['env'];
    };

const MiB = 1024 * 1024;

/**
 * Checks a storage section.
 * @throws BackupError `CONFIG_INVALID` naming the key and the value; never the value of a secret
 */
export function readOptions(section: StorageSection, context: DriverContext): S3Options {
  const family = families[section.provider];
  if (family === undefined) {
    throw invalidSetting(section, 'provider', section.provider, 'is not one that driver-s3 serves');
  }
  if (section.bucketName === '') throw invalidSetting(section, 'bucketName', '', 'is empty');
  const own = readOwn(section);
  const host = readHost(section, family);
  const endpoint = readEndpoint(section, host);
  const proxy = readProxy(section, endpoint, context);
  const direct = section.port > 0 ? `${host}:${section.port}` : host;
  const target = proxy === undefined ? direct : `${direct} (through the proxy ${proxy.host})`;
  const bucketInPath = !family.virtualHost(host) || (section.useSSL && section.bucketName.includes('.'));
  return {
    section: section.path,
    bucket: section.bucketName,
    region: section.region || regionOf(host) || family.region,
    useSSL: section.useSSL,
    endpoint,
    folder: driverRoot(section),
    target,
    forcePathStyle: own.pathStyle === 'always' || (own.pathStyle !== 'never' && bucketInPath),
    family,
    auth: readAuth(section, family, context),
    checksums: own.checksums ?? family.checksums,
    conditionalPut: own.conditionalPut ?? family.conditionalPut,
    batchDelete: own.batchDelete ?? family.batchDelete,
    multipartCopy: own.multipartCopy ?? family.multipartCopy,
    partSize: own.partSizeMiB * MiB,
    partConcurrency: own.partConcurrency,
    maxSockets: own.maxSockets,
    maxAttempts: own.maxAttempts,
    requestTimeout: own.requestTimeoutSeconds * 1000,
    ca: own.caFile === undefined ? undefined : readCa(section, resolve(context.cwd, own.caFile)),
    proxy: proxy?.href,
  };
}

function readOwn(section: StorageSection): z.output<typeof s3OptionsSchema> {
  const parsed = s3OptionsSchema.safeParse(section.options ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = ['options', ...(issue?.path ?? [])].join('.');
  throw invalidSetting(section, key, undefined, issue?.message ?? 'is not valid');
}

function readHost(section: StorageSection, family: Family): string {
  const address = section.address.trim();
  if (address === '') {
    const host = family.defaultHost?.(section.region);
    if (host !== undefined) return host;
    throw invalidSetting(section, 'address', '', 'is empty');
  }
  if (address.includes('/') || (address.includes(':') && !address.startsWith('['))) {
    throw invalidSetting(
      section,
      'address',
      address,
      'must be a host name or IP address alone, without scheme, port or path',
    );
  }
  return address;
}

/** Default ports are left out: some stores sign the Host header without them. */
function readEndpoint(section: StorageSection, host: string): string {
  const scheme = section.useSSL ? 'https' : 'http';
  const plain = section.port === 0 || section.port === (section.useSSL ? 443 : 80);
  try {
    return new URL(`${scheme}://${host}${plain ? '' : `:${section.port}`}`).origin;
  } catch (cause) {
    throw invalidSetting(
      section,
      'address',
      `${host}:${section.port}`,
      'is not a valid host and port',
      cause,
    );
  }
}

function regionOf(host: string): string | undefined {
  return /(?:^|\.)s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
}

function readAuth(section: StorageSection, family: Family, { env }: DriverContext): S3Auth {
  const { auth } = section;
  const byToken = family.oauthToken === true && auth.sessionToken !== '';
  switch (auth.type) {
    case 'static':
      if (byToken) return { type: 'static', id: '', secret: '', token: auth.sessionToken };
      if (auth.accessKeyID === '') throw invalidSetting(section, 'auth.accessKeyID', '', 'is empty');
      if (auth.secretAccessKey === '') throw invalidSetting(section, 'auth.secretAccessKey', '', 'is empty');
      return {
        type: 'static',
        id: auth.accessKeyID,
        secret: auth.secretAccessKey,
        token: auth.sessionToken,
      };
    case 'iam':
    case 'default':
      return { type: 'chain', endpoint: readIamEndpoint(section), env };
    default:
      throw invalidSetting(
        section,
        'auth.type',
        auth.type,
        'does not exist for S3; use static, iam or default',
      );
  }
}

/** The Go tool takes a URL too. */
function readIamEndpoint(section: StorageSection): string {
  const { endpoint } = section.auth;
  if (endpoint === '') return '';
  if (URL.canParse(endpoint) && /^https?:/.test(endpoint)) return endpoint;
  throw invalidSetting(section, 'auth.endpoint', endpoint, 'is not an absolute http(s) URL');
}

function readProxy(section: StorageSection, endpoint: string, { env }: DriverContext): URL | undefined {
  const choice = chooseProxy(endpoint, env);
  if (choice === undefined) return undefined;
  if (URL.canParse(choice.url) && /^https?:\/\/./.test(choice.url)) return new URL(choice.url);
  // Not its value: it may hold a password.
  throw new BackupError({
    code: 'CONFIG_INVALID',
    message: `the variable ${choice.variable} holds no URL of an HTTP proxy`,
    remedy: `write ${choice.variable} as http://host:port, unset it, or name the store in NO_PROXY`,
    details: { key: choice.variable, section: section.path },
  });
}

function readCa(section: StorageSection, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalidSetting(section, 'options.caFile', file, 'cannot be read', cause);
  }
}
