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
  readonly region: string;
  readonly useSSL: boolean;
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly key?: string | undefined;
}

type Facts = Omit<BackupErrorInit, 'cause' | 'details'>;
type Say = (context: ErrorContext, detail: string) => Facts;

/** A vendor error, whatever its kind, as an error of ours. Pure; nothing of the request's headers is kept. */
export function toS3Error(error: unknown, context: ErrorContext): BackupError {
  if (isBackupError(error)) return error;
  const facts = describe(error, context);
  return new BackupError({
    ...facts,
    cause: withoutRequest(error),
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

/** The store's own code (`NoSuchKey`), or Node's (`ECONNREFUSED`); empty when there is none. */
export function vendorCodeOf(error: unknown): string {
  const code = read(error, 'Code') ?? read(error, 'code');
  if (typeof code === 'string') return code;
  const name = read(error, 'name');
  return typeof name === 'string' && name !== 'Error' ? name : '';
}

export function statusOf(error: unknown): number | undefined {
  const status = read(read(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

function retryAfterOf(error: unknown): number | undefined {
  const headers = read(read(error, '$response'), 'headers');
  return readRetryAfter(read(headers, 'retry-after'), read(headers, 'date'));
}

function describe(error: unknown, context: ErrorContext): Facts {
  const detail = messageOf(error);
  const code = vendorCodeOf(error);
  const say = byCode.get(code) ?? byStatus.get(statusOf(error) ?? 0);
  if (say) return say(context, detail);
  if (code.includes('CERT') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')) {
    return tls(context, detail);
  }
  if (detail.startsWith('Checksum mismatch')) return badChecksum(context, detail);
  const status = statusOf(error);
  return {
    code: 'STORAGE_ERROR',
    message:
      status === undefined
        ? `the request to ${context.target} failed: ${detail}`
        : `the store at ${context.target} answered ${[status, code, detail].filter(Boolean).join(' ')}`,
    remedy: 'look at the log of the store, and its documentation for the code',
    retryable: status !== undefined && status >= 500,
  };
}

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
const denied: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `access to ${where(context)} at ${context.target} was denied`,
  remedy: `give the credentials of ${context.section} the rights to list, read, write and delete in this bucket`,
});
const badKeyId: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the store at ${context.target} does not know the access key of ${context.section}`,
  remedy: `correct the access key id in ${context.section}, or its address and port if this is the wrong store`,
});
const badSecret: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the store at ${context.target} refused the signature made with the secret key of ${context.section}`,
  remedy: `correct the secret access key in ${context.section}`,
});
const badToken: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the session token of ${context.section} is expired or not valid for ${context.target}`,
  remedy: 'get fresh temporary credentials and run again',
});
const noCredentials: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `no credentials for ${context.section} were found in the surroundings`,
  remedy: 'give this machine a role, set the AWS variables, or use static keys',
});
const badClock: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the clock of this machine differs too much from that of ${context.target}`,
  remedy: 'set the clock of this machine, or of the store, with NTP',
});
const badRegion: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `bucket "${context.bucket}" is not in region "${context.region}"`,
  remedy: `set ${context.section}.region and ${context.section}.address to those of the bucket`,
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
const badKey: Say = (context, detail) => ({
  code: 'INVALID_KEY',
  message: `the store at ${context.target} does not take the key ${where(context)}: ${detail}`,
});
const full: Say = (context) => ({
  code: 'STORAGE_FULL',
  message: `the store at ${context.target} has no room for ${where(context)}`,
  remedy: 'free space, raise the quota, or use another store',
});
const notOffered: Say = (context, detail) => ({
  code: 'UNSUPPORTED',
  message: `the store at ${context.target} does not offer this: ${detail}`,
  remedy: `switch the ability off in ${context.section}.options`,
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
const proxyAuth: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the proxy on the way to ${context.target} wants a user and a password`,
  remedy:
    'write them into the proxy variable, as http://user:password@host:port, or name the store in NO_PROXY',
});
const slow: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `${context.target} did not answer in time`,
  remedy: `check address and port in ${context.section}, and the firewall on the way`,
  retryable: true,
});

const byCode: ReadonlyMap<string, Say> = new Map([
  ...codes(noObject, 'NoSuchKey', 'NoSuchVersion'),
  ...codes(noBucket, 'NoSuchBucket'),
  ...codes(denied, 'AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'Forbidden'),
  ...codes(badKeyId, 'InvalidAccessKeyId'),
  ...codes(badSecret, 'SignatureDoesNotMatch'),
  ...codes(badToken, 'ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired'),
  ...codes(noCredentials, 'CredentialsProviderError'),
  ...codes(badClock, 'RequestTimeTooSkewed', 'RequestExpired'),
  ...codes(
    badRegion,
    'AuthorizationHeaderMalformed',
    'PermanentRedirect',
    'IllegalLocationConstraintException',
  ),
  ...codes(busy, 'SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'Throttling'),
  ...codes(
    busy,
    'ThrottlingException',
    'TooManyRequests',
    'TooManyRequestsException',
    'RequestLimitExceeded',
  ),
  ...codes(busy, 'InternalError', 'XMinioServerNotInitialized', 'OperationAborted'),
  ...codes(conditionFailed, 'PreconditionFailed', 'ConditionalRequestConflict'),
  ...codes(conditionFailed, 'FileAlreadyExists', 'ObjectAlreadyExists'),
  ...codes(badChecksum, 'BadDigest', 'InvalidDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody'),
  ...codes(badRange, 'InvalidRange'),
  ...codes(badKey, 'KeyTooLongError', 'InvalidURI', 'XMinioInvalidObjectName', 'ObjectParentIsFile'),
  ...codes(
    full,
    'XMinioStorageFull',
    'QuotaExceeded',
    'XMinioAdminBucketQuotaExceeded',
    'InsufficientStorage',
  ),
  ...codes(notOffered, 'NotImplemented', 'MethodNotAllowed'),
  ...codes(tls, 'EPROTO', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
  ...codes(tls, 'HPE_INVALID_CONSTANT'),
  ...codes(refused, 'ECONNREFUSED'),
  ...codes(unknownHost, 'ENOTFOUND', 'EAI_NONAME'),
  ...codes(dropped, 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED', 'EAI_AGAIN'),
  ...codes(
    slow,
    'ETIMEDOUT',
    'ESOCKETTIMEDOUT',
    'TimeoutError',
    'RequestTimeout',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ),
]);

/** For answers without a body: HEAD, and stores that send a bare status. */
const byStatus: ReadonlyMap<number, Say> = new Map([
  [407, proxyAuth],
  [401, denied],
  [403, denied],
  [404, noObject],
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

/** The vendor error without its request and response, whose headers may carry a token. */
function withoutRequest(error: unknown): Error {
  const copy = new Error(messageOf(error));
  copy.name = vendorCodeOf(error) || 'Error';
  if (error instanceof Error && error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

function messageOf(error: unknown): string {
  const message = read(error, 'message');
  return typeof message === 'string' && message !== '' ? message : vendorCodeOf(error) || String(error);
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function optional<T extends string | number>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined || value === '' ? {} : { [name]: value };
}
