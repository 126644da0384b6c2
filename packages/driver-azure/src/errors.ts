import { BackupError, type BackupErrorInit, isBackupError, tlsReason } from '@milvus-backup/core/driver';
import {
  authDetailOf,
  messageOf,
  retryAfterOf,
  statusOf,
  vendorCodeOf,
  withoutRequest,
} from './vendor-error.js';

/** What was being done, for the sentence that the user reads. */
export interface ErrorContext {
  /** Host and port. */
  readonly target: string;
  readonly account: string;
  readonly container: string;
  readonly useSSL: boolean;
  /** Where the section stands in the configuration, e.g. `backup.storage`. */
  readonly section: string;
  readonly auth: { readonly type: 'sharedKey' | 'sas' | 'token' };
  readonly key?: string | undefined;
}

type Facts = Omit<BackupErrorInit, 'cause' | 'details'>;
type Say = (context: ErrorContext, detail: string, error: unknown) => Facts;

/** A vendor error, whatever its kind, as an error of ours. Pure; nothing of the request is kept. */
export function toAzureError(error: unknown, context: ErrorContext): BackupError {
  if (isBackupError(error)) return error;
  const status = statusOf(error);
  const vendorCode = vendorCodeOf(error);
  const retryAfterMs = retryAfterOf(error);
  return new BackupError({
    ...describe(error, context),
    cause: withoutRequest(error),
    details: {
      bucket: context.container,
      endpoint: context.target,
      ...(context.key === undefined ? {} : { key: context.key }),
      ...(status === undefined ? {} : { status }),
      ...(vendorCode === '' ? {} : { vendorCode }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  });
}

function describe(error: unknown, context: ErrorContext): Facts {
  const detail = messageOf(error);
  const code = vendorCodeOf(error);
  const status = statusOf(error);
  const say = byCode.get(code) ?? byStatus.get(status ?? 0);
  if (say) return say(context, detail, error);
  if (code.includes('CERT') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')) {
    return tls(context, detail, error);
  }
  return {
    code: 'STORAGE_ERROR',
    message:
      status === undefined
        ? `the request to ${context.target} failed: ${detail}`
        : `the store at ${context.target} answered ${[status, code, detail].filter(Boolean).join(' ')}`,
    remedy: 'look up the code under "Blob Storage error codes" in the documentation of Azure',
    retryable: status !== undefined && status >= 500,
  };
}

const where = ({ key, container }: ErrorContext): string =>
  key === undefined ? `container "${container}"` : `"${key}" in container "${container}"`;

const keyNames: Readonly<Record<ErrorContext['auth']['type'], string>> = {
  sharedKey: 'account key',
  sas: 'shared access signature',
  token: 'identity',
};

const noObject: Say = (context) => ({
  code: 'OBJECT_NOT_FOUND',
  message: `there is no object ${where(context)}`,
});
const noContainer: Say = (context) => ({
  code: 'BUCKET_NOT_FOUND',
  message: `there is no container "${context.container}" at ${context.target}`,
  remedy: `create the container, or correct ${context.section}.bucketName`,
});
const noAccount: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `there is no storage account "${context.account}" at ${context.target}`,
  remedy: `correct ${context.section}.accountName and ${context.section}.address`,
});
const badContainerName: Say = (context, detail) => ({
  code: 'INVALID_ARGUMENT',
  message: `${context.target} does not take the container name or key ${where(context)}: ${detail}`,
  remedy: `name the container in ${context.section}.bucketName by 3 to 63 lower-case letters, digits and single dashes`,
});
const badKey: Say = (context, detail) => ({
  code: 'INVALID_KEY',
  message: `the store at ${context.target} does not take the key ${where(context)}: ${detail}`,
});
/** One code for wrong keys, wrong clocks and expired signatures; only its text tells them apart. */
const notAuthentic: Say = (context, detail, error) => {
  const text = authDetailOf(error);
  if (/date header|too old|clock|time frame|expiry time|start time/i.test(text)) {
    return context.auth.type === 'sas'
      ? badTimeFrame(context, detail, error)
      : badClock(context, detail, error);
  }
  return {
    code: 'STORAGE_AUTH',
    message: `${context.target} refused the ${keyNames[context.auth.type]} of ${context.section}`,
    remedy: remedies[context.auth.type](context.section),
  };
};
const remedies: Readonly<Record<ErrorContext['auth']['type'], (section: string) => string>> = {
  sharedKey: (section) =>
    `correct the account key and ${section}.accountName; if they are right, set the clock of this machine, and look at the firewall and the networks of the account`,
  sas: (section) =>
    `make a new shared access signature for the container of ${section}, with the rights read, add, create, write, delete and list`,
  token: (section) =>
    `check options.tenantId and options.clientId of ${section}, and that the identity belongs to the tenant of the account`,
};
const badClock: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the clock of this machine differs too much from that of ${context.target}`,
  remedy: 'set the clock of this machine with NTP',
});
const badTimeFrame: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the shared access signature of ${context.section} is expired or not valid yet`,
  remedy: 'make a new one; if it should be valid, set the clock of this machine with NTP',
});
const denied: Say = (context, _detail, error) => ({
  code: 'STORAGE_AUTH',
  message: `access to ${where(context)} at ${context.target} was denied (${vendorCodeOf(error) || statusOf(error)})`,
  remedy:
    context.auth.type === 'token'
      ? `give the identity of ${context.section} the role "Storage Blob Data Contributor" on the container`
      : remedies[context.auth.type](context.section),
});
const blockedNetwork: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `the network rules of account "${context.account}" keep this machine out`,
  remedy: 'let its address into the firewall of the account, or use a private endpoint',
});
const noSharedKeys: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `account "${context.account}" does not allow account keys`,
  remedy: `set ${context.section}.auth.type to default and give the identity of this machine a role`,
});
const needsTls: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `account "${context.account}" takes requests over TLS only`,
  remedy: `write an https URL in ${context.section}.options, or set ${context.section}.useSSL to true`,
});
const accountOff: Say = (context) => ({
  code: 'STORAGE_AUTH',
  message: `account "${context.account}" or its container is switched off`,
  remedy: 'switch it on in the Azure portal',
});
const noIdentity: Say = (context, detail) => ({
  code: 'STORAGE_AUTH',
  message: `no token for ${context.section} was given: ${detail}`,
  remedy: `give this machine a managed or workload identity, or set the AZURE_ variables, or use account keys; options.credential of ${context.section} says which is tried`,
});
const busy: Say = (context, detail) => ({
  code: 'STORAGE_BUSY',
  message: `the store at ${context.target} is busy: ${detail}`,
  remedy: 'lower transfer.concurrency, or run again later',
  retryable: true,
});
const otherWriter: Say = (context) => ({
  code: 'STORAGE_BUSY',
  message: `another writer is at work on ${where(context)}`,
  remedy: 'run again when the other one is done',
  retryable: true,
});
const conditionFailed: Say = (context) => ({
  code: 'PRECONDITION_FAILED',
  message: `${where(context)} exists already or was changed by another writer`,
});
const locked: Say = (context, detail) => ({
  code: 'STORAGE_ERROR',
  message: `${where(context)} cannot be changed: ${detail}`,
  remedy: 'break its lease, or end its immutability policy or legal hold',
});
const archived: Say = (context) => ({
  code: 'STORAGE_ERROR',
  message: `${where(context)} is in the archive tier and cannot be read`,
  remedy: 'bring it back to the hot or cool tier first, which takes hours',
});
const badChecksum: Say = (context) => ({
  code: 'CHECKSUM_MISMATCH',
  message: `the bytes of ${where(context)} changed on the way to ${context.target}`,
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
  remedy: `switch the ability off in ${context.section}.options`,
});
const tls: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `no secure connection to ${context.target}: ${tlsReason(detail)}`,
  remedy: context.useSSL
    ? `check the certificate of ${context.target}: name it in ${context.section}.options.caFile when it is your own, or use http when the store is an emulator that speaks it`
    : `use https, or set ${context.section}.useSSL to true, when the store speaks TLS`,
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
  remedy: `correct ${context.section}.accountName, which is part of the host name, and ${context.section}.address`,
});
const dropped: Say = (context, detail) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `the connection to ${context.target} broke: ${detail}`,
  remedy: 'run again; when it happens often, look at the network',
  retryable: true,
});
const slow: Say = (context) => ({
  code: 'STORAGE_UNREACHABLE',
  message: `${context.target} did not answer in time`,
  remedy: `check address and port in ${context.section}, and the firewall on the way`,
  retryable: true,
});
const notAzure: Say = (context) => ({
  code: 'STORAGE_ERROR',
  message: `what answers at ${context.target} does not speak like Azure Blob Storage`,
  remedy: `correct address and port in ${context.section}; a proxy on the way may answer in its place`,
});

const byCode: ReadonlyMap<string, Say> = new Map([
  ...codes(noObject, 'BlobNotFound', 'CannotVerifyCopySource'),
  ...codes(noContainer, 'ContainerNotFound'),
  ...codes(noAccount, 'ResourceNotFound', 'AccountNotFound'),
  ...codes(badContainerName, 'OutOfRangeInput', 'InvalidInput'),
  ...codes(badKey, 'InvalidResourceName', 'InvalidUri', 'RequestUrlFailedToParse'),
  ...codes(notAuthentic, 'AuthenticationFailed', 'AuthorizationFailure', 'InvalidAuthenticationInfo'),
  ...codes(denied, 'AuthorizationPermissionMismatch', 'InsufficientAccountPermissions'),
  ...codes(denied, 'AuthorizationResourceTypeMismatch', 'AuthorizationServiceMismatch'),
  ...codes(denied, 'NoAuthenticationInformation', 'PublicAccessNotPermitted', 'UnauthorizedBlobOverwrite'),
  ...codes(blockedNetwork, 'AuthorizationSourceIPMismatch', 'IpAuthorizationError'),
  ...codes(noSharedKeys, 'KeyBasedAuthenticationNotPermitted'),
  ...codes(needsTls, 'AccountRequiresHttps', 'AuthorizationProtocolMismatch'),
  ...codes(accountOff, 'AccountIsDisabled', 'ContainerDisabled'),
  ...codes(noIdentity, 'CredentialUnavailableError', 'AuthenticationRequiredError'),
  ...codes(noIdentity, 'AggregateAuthenticationError', 'AuthenticationError'),
  ...codes(busy, 'ServerBusy', 'InternalError', 'OperationTimedOut', 'TooManyRequests'),
  ...codes(busy, 'ContainerBeingDeleted', 'AccountBeingCreated'),
  ...codes(otherWriter, 'PendingCopyOperation', 'InvalidBlockList', 'InvalidBlobOrBlock'),
  ...codes(conditionFailed, 'BlobAlreadyExists', 'ConditionNotMet', 'TargetConditionNotMet'),
  ...codes(conditionFailed, 'SourceConditionNotMet'),
  ...codes(locked, 'LeaseIdMissing', 'BlobImmutableDueToPolicy', 'BlobImmutableDueToLegalHold'),
  ...codes(archived, 'BlobArchived', 'BlobBeingRehydrated'),
  ...codes(badChecksum, 'Md5Mismatch', 'Crc64Mismatch', 'InvalidMd5'),
  ...codes(badRange, 'InvalidRange'),
  ...codes(full, 'AccountQuotaExceeded', 'InsufficientStorage'),
  ...codes(notOffered, 'NotImplemented', 'FeatureVersionMismatch', 'UnsupportedHttpVerb'),
  ...codes(tls, 'EPROTO', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
  ...codes(tls, 'HPE_INVALID_CONSTANT'),
  ...codes(refused, 'ECONNREFUSED'),
  ...codes(unknownHost, 'ENOTFOUND', 'EAI_NONAME'),
  ...codes(dropped, 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED', 'EAI_AGAIN'),
  ...codes(slow, 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'),
  ...codes(notAzure, 'PARSE_ERROR'),
]);

/** For answers without a code: those to HEAD, and those of proxies. */
const byStatus: ReadonlyMap<number, Say> = new Map([
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
