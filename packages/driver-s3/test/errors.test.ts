import { inspect } from 'node:util';
import { BackupError } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { toS3Error } from '../src/index.js';

const context = {
  target: 'store.example:9000',
  bucket: 'bucket',
  region: 'us-east-1',
  useSSL: true,
  section: 'backup.storage',
  key: 'some/key',
};

/** As the SDK throws them: the code as name, the status in the metadata. */
const answer = (name: string, httpStatusCode: number, message = name): Error =>
  Object.assign(new Error(message), { name, Code: name, $metadata: { httpStatusCode, requestId: 'r1' } });
const failure = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('answers of the store', () => {
  it.each([
    ['NoSuchKey', 404, 'OBJECT_NOT_FOUND', false],
    ['NoSuchBucket', 404, 'BUCKET_NOT_FOUND', false],
    ['AccessDenied', 403, 'STORAGE_AUTH', false],
    ['InvalidAccessKeyId', 403, 'STORAGE_AUTH', false],
    ['SignatureDoesNotMatch', 403, 'STORAGE_AUTH', false],
    ['ExpiredToken', 400, 'STORAGE_AUTH', false],
    ['RequestTimeTooSkewed', 403, 'STORAGE_AUTH', false],
    ['AuthorizationHeaderMalformed', 400, 'STORAGE_AUTH', false],
    ['SlowDown', 503, 'STORAGE_BUSY', true],
    ['ServiceUnavailable', 503, 'STORAGE_BUSY', true],
    ['TooManyRequestsException', 429, 'STORAGE_BUSY', true],
    ['InternalError', 500, 'STORAGE_BUSY', true],
    ['PreconditionFailed', 412, 'PRECONDITION_FAILED', false],
    ['ConditionalRequestConflict', 409, 'PRECONDITION_FAILED', false],
    ['BadDigest', 400, 'CHECKSUM_MISMATCH', true],
    ['XAmzContentSHA256Mismatch', 400, 'CHECKSUM_MISMATCH', true],
    ['InvalidRange', 416, 'INVALID_ARGUMENT', false],
    ['KeyTooLongError', 400, 'INVALID_KEY', false],
    ['XMinioInvalidObjectName', 400, 'INVALID_KEY', false],
    ['XMinioStorageFull', 507, 'STORAGE_FULL', false],
    ['NotImplemented', 501, 'UNSUPPORTED', false],
    ['RequestTimeout', 400, 'STORAGE_UNREACHABLE', true],
    ['SomethingNew', 400, 'STORAGE_ERROR', false],
    ['SomethingNew', 599, 'STORAGE_ERROR', true],
  ])('%s %i is %s', (name, status, code, retryable) => {
    const error = toS3Error(answer(name, status), context);
    expect(error).toMatchObject({ code, retryable, details: { status, vendorCode: name } });
  });

  it.each([
    [401, 'STORAGE_AUTH', false],
    [403, 'STORAGE_AUTH', false],
    [404, 'OBJECT_NOT_FOUND', false],
    [412, 'PRECONDITION_FAILED', false],
    [416, 'INVALID_ARGUMENT', false],
    [429, 'STORAGE_BUSY', true],
    [500, 'STORAGE_BUSY', true],
    [501, 'UNSUPPORTED', false],
    [502, 'STORAGE_BUSY', true],
    [503, 'STORAGE_BUSY', true],
    [504, 'STORAGE_BUSY', true],
    [507, 'STORAGE_FULL', false],
  ])('a bare %i is %s', (status, code, retryable) => {
    expect(toS3Error(answer('UnknownError', status), context)).toMatchObject({ code, retryable });
  });
});

describe('failures of the network', () => {
  it.each([
    ['ECONNREFUSED', 'STORAGE_UNREACHABLE', true],
    ['ECONNRESET', 'STORAGE_UNREACHABLE', true],
    ['EPIPE', 'STORAGE_UNREACHABLE', true],
    ['ETIMEDOUT', 'STORAGE_UNREACHABLE', true],
    ['EAI_AGAIN', 'STORAGE_UNREACHABLE', true],
    ['ENOTFOUND', 'STORAGE_UNREACHABLE', false],
    ['EPROTO', 'STORAGE_UNREACHABLE', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'STORAGE_UNREACHABLE', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'STORAGE_UNREACHABLE', false],
    ['CERT_HAS_EXPIRED', 'STORAGE_UNREACHABLE', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'STORAGE_UNREACHABLE', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'STORAGE_UNREACHABLE', false],
  ])('%s is %s and names address and port', (name, code, retryable) => {
    const error = toS3Error(failure(name), context);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain('store.example:9000');
    expect(error.remedy).toBeTruthy();
  });

  it('a time-out of the SDK, which has no code', () => {
    const timeout = Object.assign(new Error('socket timed out'), { name: 'TimeoutError' });
    expect(toS3Error(timeout, context)).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable: true });
  });
});

describe('remedies', () => {
  it.each([
    [answer('RequestTimeTooSkewed', 403), 'clock'],
    [answer('InvalidAccessKeyId', 403), 'access key id in backup.storage'],
    [answer('SignatureDoesNotMatch', 403), 'secret access key in backup.storage'],
    [answer('NoSuchBucket', 404), 'backup.storage.bucketName'],
    [answer('AuthorizationHeaderMalformed', 400), 'backup.storage.region'],
    [failure('ECONNREFUSED'), 'address and port in backup.storage'],
    [failure('ENOTFOUND'), 'backup.storage.address'],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'backup.storage.options.caFile'],
    [failure('EPROTO'), 'useSSL to false'],
  ])('%s', (error, text) => {
    expect(toS3Error(error, context).remedy).toContain(text);
  });

  it('a plain client at a TLS port', () => {
    const error = toS3Error(failure('HPE_INVALID_CONSTANT'), { ...context, useSSL: false });
    expect(error.remedy).toContain('useSSL to true');
  });
});

it('tells how long the store asks to wait', () => {
  const vendor = Object.assign(answer('SlowDown', 503), { $response: { headers: { 'retry-after': '7' } } });
  const { details } = toS3Error(vendor, context);
  expect(details.retryAfterMs).toBe(7000);
});

it('keeps what is ours', () => {
  const ours = new BackupError({ code: 'CANCELLED', message: 'stop' });
  expect(toS3Error(ours, context)).toBe(ours);
});

it('keeps name, message and stack of the vendor error, and nothing of request and response', () => {
  const vendor = Object.assign(answer('SlowDown', 503, 'please wait'), {
    $response: { headers: { authorization: 'planted-secret' } },
    AWSAccessKeyId: 'planted-secret',
    StringToSign: 'planted-secret',
  });
  const error = toS3Error(vendor, context);
  expect(error.cause).toMatchObject({ name: 'SlowDown', message: 'please wait', stack: vendor.stack });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('planted-secret');
});

it.each([null, undefined, 'text', 42, {}])('survives %j', (value) => {
  expect(toS3Error(value, context).code).toBe('STORAGE_ERROR');
});
