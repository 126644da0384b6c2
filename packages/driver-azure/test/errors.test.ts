import { inspect } from 'node:util';
import { RestError } from '@azure/storage-blob';
import { BackupError } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { type ErrorContext, toAzureError } from '../src/index.js';

const context: ErrorContext = {
  target: 'account.blob.example:443',
  account: 'account',
  container: 'container',
  useSSL: true,
  section: 'backup.storage',
  auth: { type: 'sharedKey' },
  key: 'some/key',
};

/** As the SDK throws them: code from the body, status beside it. */
const answer = (code: string, statusCode: number, message = code, details: object = {}): RestError =>
  Object.assign(new RestError(message, { code, statusCode }), { details: { errorCode: code, ...details } });
const failure = (code: string, message = code): RestError => new RestError(message, { code });

describe('answers of the store', () => {
  it.each([
    ['BlobNotFound', 404, 'OBJECT_NOT_FOUND', false],
    ['ContainerNotFound', 404, 'BUCKET_NOT_FOUND', false],
    ['ResourceNotFound', 404, 'STORAGE_AUTH', false],
    ['AuthenticationFailed', 403, 'STORAGE_AUTH', false],
    ['AuthorizationFailure', 403, 'STORAGE_AUTH', false],
    ['AuthorizationPermissionMismatch', 403, 'STORAGE_AUTH', false],
    ['AuthorizationSourceIPMismatch', 403, 'STORAGE_AUTH', false],
    ['KeyBasedAuthenticationNotPermitted', 403, 'STORAGE_AUTH', false],
    ['InvalidAuthenticationInfo', 401, 'STORAGE_AUTH', false],
    ['NoAuthenticationInformation', 401, 'STORAGE_AUTH', false],
    ['AccountIsDisabled', 403, 'STORAGE_AUTH', false],
    ['AccountRequiresHttps', 400, 'STORAGE_AUTH', false],
    ['ServerBusy', 503, 'STORAGE_BUSY', true],
    ['OperationTimedOut', 500, 'STORAGE_BUSY', true],
    ['ContainerBeingDeleted', 409, 'STORAGE_BUSY', true],
    ['PendingCopyOperation', 409, 'STORAGE_BUSY', true],
    ['InvalidBlockList', 400, 'STORAGE_BUSY', true],
    ['BlobAlreadyExists', 409, 'PRECONDITION_FAILED', false],
    ['ConditionNotMet', 412, 'PRECONDITION_FAILED', false],
    ['LeaseIdMissing', 412, 'STORAGE_ERROR', false],
    ['BlobImmutableDueToPolicy', 409, 'STORAGE_ERROR', false],
    ['BlobArchived', 409, 'STORAGE_ERROR', false],
    ['Md5Mismatch', 400, 'CHECKSUM_MISMATCH', true],
    ['Crc64Mismatch', 400, 'CHECKSUM_MISMATCH', true],
    ['InvalidRange', 416, 'INVALID_ARGUMENT', false],
    ['OutOfRangeInput', 400, 'INVALID_ARGUMENT', false],
    ['InvalidUri', 400, 'INVALID_KEY', false],
    ['NotImplemented', 501, 'UNSUPPORTED', false],
    ['SomethingNew', 400, 'STORAGE_ERROR', false],
    ['SomethingNew', 599, 'STORAGE_ERROR', true],
  ])('%s %i is %s', (code, status, ours, retryable) => {
    const error = toAzureError(answer(code, status), context);
    expect(error).toMatchObject({ code: ours, retryable, details: { status, vendorCode: code } });
  });

  it.each([
    [401, 'STORAGE_AUTH', false],
    [403, 'STORAGE_AUTH', false],
    [404, 'OBJECT_NOT_FOUND', false],
    [409, 'PRECONDITION_FAILED', false],
    [412, 'PRECONDITION_FAILED', false],
    [416, 'INVALID_ARGUMENT', false],
    [429, 'STORAGE_BUSY', true],
    [500, 'STORAGE_BUSY', true],
    [501, 'UNSUPPORTED', false],
    [502, 'STORAGE_BUSY', true],
    [503, 'STORAGE_BUSY', true],
    [507, 'STORAGE_FULL', false],
  ])('a bare %i, as HEAD gives it, is %s', (statusCode, code, retryable) => {
    expect(toAzureError(new RestError('', { statusCode }), context)).toMatchObject({ code, retryable });
  });

  it('the code of a HEAD is in its headers', () => {
    const headers = new Map([['x-ms-error-code', 'ContainerNotFound']]);
    const error = Object.assign(new RestError('', { statusCode: 404 }), { response: { headers } });
    expect(toAzureError(error, context).code).toBe('BUCKET_NOT_FOUND');
  });
});

it.each([
  ['ECONNREFUSED', true],
  ['ECONNRESET', true],
  ['EPIPE', true],
  ['ETIMEDOUT', true],
  ['EAI_AGAIN', true],
  ['ENOTFOUND', false],
  ['EPROTO', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', false],
  ['CERT_HAS_EXPIRED', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false],
])('%s is STORAGE_UNREACHABLE, says where and what to do', (code, retryable) => {
  const error = toAzureError(failure(code), context);
  expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable });
  expect(error.message).toContain('account.blob.example:443');
  expect(error.remedy).toBeTruthy();
});

describe('remedies', () => {
  const late = { authenticationErrorDetail: "Request date header too old: 'Sun, 22 Nov 2026 10:00:00 GMT'" };
  const over = { authenticationErrorDetail: 'Signature not valid in the specified time frame: Start […]' };
  it.each([
    [answer('AuthenticationFailed', 403, 'x', late), 'sharedKey', 'clock'],
    [answer('AuthenticationFailed', 403, 'x', over), 'sas', 'make a new one'],
    [answer('AuthenticationFailed', 403), 'sharedKey', 'account key'],
    [answer('AuthenticationFailed', 403), 'sas', 'signature'],
    [answer('InvalidAuthenticationInfo', 401), 'token', 'tenantId'],
    [answer('AuthorizationPermissionMismatch', 403), 'token', 'Storage Blob Data Contributor'],
    [answer('KeyBasedAuthenticationNotPermitted', 403), 'sharedKey', 'auth.type to default'],
    [answer('AuthorizationSourceIPMismatch', 403), 'sharedKey', 'firewall'],
    [answer('ContainerNotFound', 404), 'sharedKey', 'backup.storage.bucketName'],
    [failure('ENOTFOUND'), 'sharedKey', 'backup.storage.accountName'],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'sharedKey', 'backup.storage.options.caFile'],
    [failure('PARSE_ERROR'), 'sharedKey', 'proxy'],
    [Object.assign(new Error('none'), { name: 'CredentialUnavailableError' }), 'token', 'managed'],
  ] as const)('%s by %s', (error, type, text) => {
    expect(toAzureError(error, { ...context, auth: { type } }).remedy).toContain(text);
  });
});

it('tells how long the store asks to wait', () => {
  const headers = new Headers({ 'retry-after': '7' });
  const vendor = Object.assign(answer('ServerBusy', 503), { response: { headers } });
  const { details } = toAzureError(vendor, context);
  expect(details.retryAfterMs).toBe(7000);
});

it('keeps what is ours', () => {
  const ours = new BackupError({ code: 'CANCELLED', message: 'stop' });
  expect(toAzureError(ours, context)).toBe(ours);
});

it('keeps the first line and the stack of the vendor error, and no secret', () => {
  const message = `refused https://a.blob.example/c/k?sp=r&sig=planted-secret AccountKey=planted-secret;
The MAC signature found in the HTTP request 'planted-secret' is not the same`;
  const vendor = Object.assign(answer('SomethingNew', 403, message), {
    request: {
      url: 'https://a/?sig=planted-secret',
      headers: { authorization: 'SharedKey a:planted-secret' },
    },
    response: { headers: { authorization: 'planted-secret' } },
  });
  const error = toAzureError(vendor, context);
  expect(error.cause).toMatchObject({ name: 'SomethingNew', message: expect.stringContaining('refused') });
  expect(error.cause).toMatchObject({ stack: expect.stringContaining('errors.test.ts') });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('planted-secret');
});

it.each([null, undefined, 'text', 42, {}])('survives %j', (value) => {
  expect(toAzureError(value, context).code).toBe('STORAGE_ERROR');
});
