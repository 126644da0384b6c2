import { inspect } from 'node:util';
import { BackupError } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { toGcsError } from '../src/index.js';

const context = {
  target: 'store.example:443',
  bucket: 'bucket',
  useSSL: true,
  section: 'backup.storage',
  key: 'some/key',
};

const answer = (status: number, message = `status ${status}`, code?: string): Error =>
  Object.assign(new Error(message), { status, ...(code === undefined ? {} : { code }) });
const failure = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const credentials = (message: string, extra: object = {}): Error =>
  Object.assign(new Error(message), { credentials: true, ...extra });

describe('answers of the store', () => {
  it.each([
    [400, 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C', 'CHECKSUM_MISMATCH', true],
    [400, 'Invalid project: nowhere', 'CONFIG_INVALID', false],
    [400, 'Something else', 'STORAGE_ERROR', false],
    [401, 'Invalid Credentials', 'STORAGE_AUTH', false],
    [403, 'does not have storage.objects.get access', 'STORAGE_AUTH', false],
    [403, 'The billing account for the owning project is disabled', 'STORAGE_AUTH', false],
    [403, 'Rate limit exceeded', 'STORAGE_BUSY', true],
    [404, 'The specified bucket does not exist.', 'BUCKET_NOT_FOUND', false],
    [404, 'No such object: the specified bucket does not exist/x', 'OBJECT_NOT_FOUND', false],
    [408, 'Request Timeout', 'STORAGE_UNREACHABLE', true],
    [409, 'Conflict', 'PRECONDITION_FAILED', false],
    [412, 'At least one of the pre-conditions you specified did not hold.', 'PRECONDITION_FAILED', false],
    [416, 'Requested range not satisfiable', 'INVALID_ARGUMENT', false],
    [429, 'Too many requests', 'STORAGE_BUSY', true],
    [500, 'Backend Error', 'STORAGE_BUSY', true],
    [501, 'Not Implemented', 'UNSUPPORTED', false],
    [503, 'Service Unavailable', 'STORAGE_BUSY', true],
    [507, 'full', 'STORAGE_FULL', false],
    [599, 'new', 'STORAGE_ERROR', true],
  ])('%i "%s" is %s', (status, message, code, retryable) => {
    expect(toGcsError(answer(status, message), context)).toMatchObject({
      code,
      retryable,
      details: { status, bucket: 'bucket', key: 'some/key', endpoint: 'store.example:443' },
    });
  });

  it('a reason says more than the status', () => {
    expect(toGcsError(answer(403, 'x', 'rateLimitExceeded'), context).code).toBe('STORAGE_BUSY');
    expect(toGcsError(answer(403, 'x', 'quotaExceeded'), context).code).toBe('STORAGE_FULL');
  });
});

describe('failures of the network', () => {
  it.each([
    ['ECONNREFUSED', true],
    ['ECONNRESET', true],
    ['EPIPE', true],
    ['ETIMEDOUT', true],
    ['EAI_AGAIN', true],
    ['ENOTFOUND', false],
    ['EPROTO', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', false],
    ['CERT_HAS_EXPIRED', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false],
  ])('%s names address and port', (name, retryable) => {
    const error = toGcsError(failure(name), context);
    expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE', retryable });
    expect(error.message).toContain('store.example:443');
    expect(error.remedy).toBeTruthy();
  });
});

describe('credentials', () => {
  it.each([
    [
      'Could not load the default credentials. Browse to https://x for more',
      'STORAGE_AUTH',
      'application-default login',
    ],
    ['Unable to detect a Project Id in the current environment.', 'CONFIG_INVALID', 'options.projectId'],
    [
      'invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
      'STORAGE_AUTH',
      'NTP',
    ],
    ['invalid_grant: Invalid JWT Signature.', 'STORAGE_AUTH', 'auth.credentialsFile'],
    ['Error code invalid_grant: the subject token is expired', 'STORAGE_AUTH', 'auth.credentialsFile'],
    ['The file at /var/run/token does not exist, ENOENT', 'STORAGE_AUTH', 'credential_source'],
    ['request failed, reason: getaddrinfo ENOTFOUND somewhere', 'STORAGE_UNREACHABLE', 'name service'],
    ['request failed, reason: connect ECONNREFUSED', 'STORAGE_UNREACHABLE', 'firewall'],
    ['something new', 'STORAGE_AUTH', 'token service'],
  ])('%s', (message, code, remedy) => {
    const error = toGcsError(credentials(message), context);
    expect(error.code).toBe(code);
    expect(error.remedy).toContain(remedy);
    expect(error.message).toContain('backup.storage');
  });

  it('a busy token service', () => {
    const busy = credentials('try later', { response: { status: 503 } });
    expect(toGcsError(busy, context)).toMatchObject({ code: 'STORAGE_BUSY', retryable: true });
  });
});

describe('remedies', () => {
  it.each([
    [answer(401), 'options.anonymous'],
    [answer(403), 'Storage Object Admin'],
    [answer(404, 'The specified bucket does not exist.'), 'backup.storage.bucketName'],
    [failure('ECONNREFUSED'), 'address and port in backup.storage'],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'backup.storage.options.caFile'],
    [answer(503), 'transfer.concurrency'],
  ])('%s', (error, text) => {
    expect(toGcsError(error, context).remedy).toContain(text);
  });

  it('a plain client at a TLS port', () => {
    const error = toGcsError(failure('HPE_INVALID_CONSTANT'), { ...context, useSSL: false });
    expect(error.remedy).toContain('useSSL to true');
  });
});

it('tells how long the store asks to wait', () => {
  const vendor = Object.assign(answer(503), { response: { headers: { 'retry-after': '7' } } });
  const { details } = toGcsError(vendor, context);
  expect(details.retryAfterMs).toBe(7000);
});

it('keeps what is ours', () => {
  const ours = new BackupError({ code: 'CANCELLED', message: 'stop' });
  expect(toGcsError(ours, context)).toBe(ours);
});

it('an upload that could not be cancelled keeps the code of what went wrong, and says so', () => {
  const both = new AggregateError([answer(503), failure('ECONNREFUSED')], 'the unfinished upload remains');
  const error = toGcsError(both, context);
  expect(error.code).toBe('STORAGE_BUSY');
  expect(error.message).toContain('remains');
});

it('nothing of keys, tokens, session URLs and headers is kept', () => {
  const jwt = `eyJ${'a'.repeat(20)}.plantedpayload.plantedsignature`;
  const vendor = Object.assign(
    answer(
      400,
      `at https://store.example/upload?upload_id=plantedsession with ya29.plantedtoken and ${jwt} and -----BEGIN PRIVATE KEY-----\nplantedkey\n-----END PRIVATE KEY-----`,
    ),
    {
      config: { headers: { authorization: 'Bearer planted-secret' }, data: 'assertion=planted' },
      response: { config: { url: 'planted' }, headers: { authorization: 'planted' } },
    },
  );
  for (const error of [vendor, Object.assign(new Error(vendor.message), { credentials: true })]) {
    const text = inspect(toGcsError(error, context), { depth: 10, showHidden: true });
    expect(text).not.toContain('planted');
  }
});

it.each([null, undefined, 'text', 42, {}])('survives %j', (value) => {
  expect(toGcsError(value, context).code).toBe('STORAGE_ERROR');
});
