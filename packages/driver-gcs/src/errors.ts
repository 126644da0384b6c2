import {
  BackupError,
  type BackupErrorInit,
  isBackupError,
  readRetryAfter,
  tlsReason,
} from '@milvus-backup/core/driver';

/** What was being done, for the sentence that the user reads. */
export interface ErrorContext {
  /** `address:port`. */
  readonly target: string;
  readonly bucket: string;
  readonly useSSL: boolean;
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly key?: string | undefined;
}

/** Stands for a reason that Google has no word for: its 404 may mean object or bucket. */
export const missingBucket = 'bucketNotFound';

type Facts = Omit<BackupErrorInit, 'cause' | 'details'>;
type Say = (context: ErrorContext, detail: string) => Facts;

/** A vendor error, whatever its kind, as an error of ours. Pure; no header, URL, key or token is kept. */
export function toGcsError(error: unknown, context: ErrorContext): BackupError {
  if (isBackupError(error)) return error;
  if (error instanceof AggregateError) return withLeftover(error, context);
  const facts = describe(error, context);
  return new BackupError({
    ...facts,
    cause: withoutSecrets(error),
    details: {
      bucket: context.bucket,
      endpoint: context.target,
      ...(context.key === undefined ? {} : { key: context.key }),
      ...optional('status', statusOf(error)),
      ...optional('vendorCode', vendorCodeOf(error)),
      ...optional('retryAfterMs', retryAfterOf(error)),
    },
  });
}

/** The first error is what went wrong; the message says what it left behind. */
function withLeftover(both: AggregateError, context: ErrorContext): BackupError {
  const { code, message, remedy, retryable, details, cause } = toGcsError(both.errors[0], context);
  return new BackupError({ code, message: `${message}; ${both.message}`, remedy, retryable, details, cause });
}

/** Google's own reason (`notFound`), or Node's code (`ECONNREFUSED`); empty when there is none. */
export function vendorCodeOf(error: unknown): string {
  const code = read(error, 'code');
  return typeof code === 'string' ? code : '';
}

/** The HTTP status of an answer of the store or of a token service. */
export function statusOf(error: unknown): number | undefined {
  for (const status of [read(error, 'status'), read(read(error, 'response'), 'status')]) {
    if (typeof status === 'number') return status;
  }
  return undefined;
}

function retryAfterOf(error: unknown): number | undefined {
  const headers = read(read(error, 'response'), 'headers');
  return readRetryAfter(read(headers, 'retry-after'), read(headers, 'date'));
}

function describe(error: unknown, context: ErrorContext): Facts {
  const detail = messageOf(error);
  if (read(error, 'credentials') === true) return describeCredentials(error, context, detail);
  const code = vendorCodeOf(error);
  const status = statusOf(error);
  const say = byCode.get(code) ?? (status === undefined ? undefined : sayOf(status, detail));
  if (say) return say(context, detail);
  if (isTls(code)) return tls(context, detail);
  return {
    code: 'STORAGE_ERROR',
    message:
      status === undefined
        ? `the request to ${context.target} failed: ${detail}`
        : `the store at ${context.target} answered ${[status, code, detail].filter(Boolean).join(' ')}`,
    remedy: 'look at the documentation of the store for the code',
    retryable: status !== undefined && status >= 500,
  };
}

/** What was said while a token was fetched, which is not the store's word. */
function describeCredentials(error: unknown, context: ErrorContext, detail: string): Facts {
  const told = `${vendorCodeOf(error)} ${detail} ${JSON.stringify(read(read(error, 'response'), 'data')) ?? ''}`;
  for (const [pattern, say] of credentialTexts) if (pattern.test(told)) return say(context, detail);
  const status = statusOf(error);
  if (status === 429 || (status !== undefined && status >= 500)) {
    return {
      code: 'STORAGE_BUSY',
      message: `the token service for ${context.section} is busy: ${detail}`,
      remedy: 'run again later',
      retryable: true,
    };
  }
  return {
    code: 'STORAGE_AUTH',
    message: `no access token for ${context.section} was to be had: ${detail}`,
    remedy: `check the credentials of ${context.section}, and that this machine reaches Google's token service`,
  };
}

function sayOf(status: number, detail: string): Say | undefined {
  if (status === 400 && /crc32c|md5|checksum|hash/i.test(detail)) return badChecksum;
  if (status === 400 && /project/i.test(detail)) return badProject;
  // An object that is missing is told with the name of its bucket, which may be anything.
  if (status === 404 && /^the specified bucket does not exist/i.test(detail)) return noBucket;
  if (status === 403 && /billing|rate limit|quota exceeded/i.test(detail)) {
    return /billing/i.test(detail) ? noBilling : busy;
  }
  return byStatus.get(status);
}

const isTls = (code: string): boolean =>
  code.includes('CERT') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');

const where = (context: ErrorContext): string =>
  context.key === undefined ? `bucket "${context.bucket}"` : `"${context.key}" in bucket "${context.bucket}"`;

const noObject: Say = (context) => ({
  code: 'OBJECT_NOT_FOUND',
  message: `there is no object ${where(context)}`,
});
const noBucket: Say = (context) => ({
  code: 'BUCKET_NOT_FOUND',
  message: `there is no bucket "${context.bucket}" at ${context.target}`,
  remedy: `create the bucket, or correct ${context.section}.bucketName`,
});
const unknownCaller: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the store at ${context.target} does not accept the credentials of ${context.section}`,
  remedy: `give ${context.section} a key that is valid, set the clock of this machine, or leave out options.anonymous`,
});
const denied: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `access to ${where(context)} at ${context.target} was denied`,
  remedy: `give the account of ${context.section} the role Storage Object Admin on this bucket`,
});
const noBilling: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the project of bucket "${context.bucket}" has no billing account that is open`,
  remedy: 'open the billing account of the project',
});
const badProject: Say = (context, detail) => ({
  code: 'CONFIG_INVALID',
  message: `the project for bucket "${context.bucket}" is not valid: ${detail}`,
  remedy: `correct ${context.section}.options.projectId`,
});
const busy: Say = (context, detail) => ({
  code: 'STORAGE_BUSY',
  message: `the store at ${context.target} is busy: ${detail}`,
  remedy: 'lower transfer.concurrency, or run again later',
  retryable: true,
});
const conditionFailed: Say = (context) => ({
  code: 'PRECONDITION_FAILED',
  message: `${where(context)} exists already or was changed by another writer`,
});
const badChecksum: Say = (context) => ({
  code: 'CHECKSUM_MISMATCH',
  message: `the bytes of ${where(context)} changed on the way to or from ${context.target}`,
  remedy: 'run again; when it happens often, look for a broken proxy or network card',
  retryable: true,
});
const badRange: Say = (context) => ({
  code: 'INVALID_ARGUMENT',
  message: `the range asked for starts past the end of ${where(context)}`,
});
const full: Say = (context) => ({
  code: 'STORAGE_FULL',
  message: `the store at ${context.target} has no room for ${where(context)}`,
  remedy: 'free space, raise the quota, or use another store',
});
const notOffered: Say = (context, detail) => ({
  code: 'UNSUPPORTED',
  message: `the store at ${context.target} does not offer this: ${detail}`,
  remedy: 'use transfer.mode streaming, or another store',
});
const tls: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `no secure connection to ${context.target}: ${tlsReason(detail)}`,
  remedy: context.useSSL
    ? `check the certificate of ${context.target}: name it in ${context.section}.options.caFile when it is your own, or set useSSL to false when the store speaks plain HTTP`
    : `set ${context.section}.useSSL to true when the store speaks TLS`,
});
const refused: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `nothing accepts connections at ${context.target}`,
  remedy: `start the store, or correct address and port in ${context.section}`,
  retryable: true,
});
const unknownHost: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the host of ${context.target} is not known to the name service`,
  remedy: `correct ${context.section}.address`,
});
const dropped: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the connection to ${context.target} broke: ${detail}`,
  remedy: 'run again; when it happens often, look at the network and at the log of the store',
  retryable: true,
});
const slow: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `${context.target} did not answer in time`,
  remedy: `check address and port in ${context.section}, and the firewall on the way`,
  retryable: true,
});

const noDefault: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `no default credentials for ${context.section} were found`,
  remedy: `run "gcloud auth application-default login", set GOOGLE_APPLICATION_CREDENTIALS, give this machine a service account, or write ${context.section}.auth.type: serviceAccount with a key file`,
});
const noProject: Say = (context) => ({
  code: 'CONFIG_INVALID',
  message: `the credentials of ${context.section} name no project to make bucket "${context.bucket}" in`,
  remedy: `write ${context.section}.options.projectId, or make the bucket yourself`,
});
const badClock: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `Google refused the time in the token request of ${context.section}`,
  remedy: 'set the clock of this machine with NTP',
});
const badGrant: Say = (context, detail) => ({
  code: 'STORAGE_AUTH',
  message: `Google refused the key of ${context.section}: ${detail}`,
  remedy: `the key or its account was deleted or disabled, or the clock of this machine is wrong; make a new key and name it in ${context.section}.auth.credentialsFile`,
});
const noTokenSource: Say = (context, detail) => ({
  code: 'STORAGE_AUTH',
  message: `the identity token that the credentials of ${context.section} name could not be read: ${detail}`,
  remedy: 'check credential_source in the key file, and that the platform provides the token',
});
const noTokenService: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the token service for ${context.section} could not be reached: ${detail}`,
  remedy: 'check the network, the name service and the firewall of this machine',
  retryable: true,
});

/** In this order: a text may fit several. */
const credentialTexts: readonly (readonly [RegExp, Say])[] = [
  [/could not load the default credentials|could not refresh access token.*metadata/i, noDefault],
  [/unable to detect a project id/i, noProject],
  [/reasonable timeframe|short-lived token|\biat\b|clock|not yet valid/i, badClock],
  [/invalid_grant|invalid_client|invalid jwt|account_disabled|deleted_client/i, badGrant],
  [/credential_source|subject token|ENOENT/i, noTokenSource],
  [/ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|socket hang up|CERT/, noTokenService],
];

const byCode: ReadonlyMap<string, Say> = new Map([
  ...codes(tls, 'EPROTO', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'HPE_INVALID_CONSTANT'),
  ...codes(refused, 'ECONNREFUSED'),
  ...codes(unknownHost, 'ENOTFOUND', 'EAI_NONAME'),
  ...codes(dropped, 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED', 'EAI_AGAIN'),
  ...codes(slow, 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'),
  ...codes(busy, 'rateLimitExceeded', 'userRateLimitExceeded'),
  ...codes(noBucket, missingBucket),
  ...codes(full, 'quotaExceeded', 'storageQuotaExceeded'),
]);

const byStatus: ReadonlyMap<number, Say> = new Map([
  [401, unknownCaller],
  [403, denied],
  [404, noObject],
  [408, slow],
  [409, conditionFailed],
  [412, conditionFailed],
  [416, badRange],
  [429, busy],
  [500, busy],
  [501, notOffered],
  [502, busy],
  [503, busy],
  [504, busy],
  [507, full],
]);

function codes(say: Say, ...names: readonly string[]): readonly (readonly [string, Say])[] {
  return names.map((name) => [name, say]);
}

/** Name, message and frames of the vendor error: its request and its URL, which may be a session's secret, stay behind. */
function withoutSecrets(error: unknown): Error {
  const copy = new Error(messageOf(error));
  copy.name = vendorCodeOf(error) || 'Error';
  const frames = error instanceof Error ? /^\s+at [\s\S]*/m.exec(error.stack ?? '')?.[0] : undefined;
  if (frames !== undefined) copy.stack = `${copy.name}: ${copy.message}\n${frames}`;
  return copy;
}

const secret =
  /https?:\/\/\S+|ya29\.[\w.-]+|eyJ[\w-]{8,}(?:\.[\w-]*)*|upload_id=[\w-]+|-----BEGIN[\s\S]*?(?:-----END[^-]*-----|$)/g;

function messageOf(error: unknown): string {
  const message = read(error, 'message');
  const text = typeof message === 'string' && message !== '' ? message : vendorCodeOf(error) || String(error);
  return text.replace(secret, '…').slice(0, 500);
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function optional<T extends string | number>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined || value === '' ? {} : { [name]: value };
}
