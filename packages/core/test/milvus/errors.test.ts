import { describe, expect, it } from 'vitest';
import { fromGrpc, fromStatus } from '../../src/milvus/errors.js';

const site = { rpc: 'DescribeCollection', target: '127.0.0.1:19530', database: 'db', collection: 'c' };

describe('fromGrpc', () => {
  it.each([
    [4, 'Deadline exceeded', 'MILVUS_UNREACHABLE', true],
    [7, 'PrivilegeLoad: permission deny', 'MILVUS_AUTH', false],
    [8, 'rate limit exceeded', 'MILVUS_RATE_LIMITED', true],
    [8, 'Received message larger than max (9 vs 4)', 'MILVUS_ERROR', false],
    [12, 'unknown method BackupRBAC', 'MILVUS_UNSUPPORTED', false],
    [14, 'No connection established. Last error: connect ECONNREFUSED', 'MILVUS_UNREACHABLE', true],
    [16, 'auth check failure', 'MILVUS_AUTH', false],
    [2, 'collection not found[database=default][collection=c]', 'COLLECTION_NOT_FOUND', false],
    [2, 'database not found[database=nodb]', 'DATABASE_NOT_FOUND', false],
    [13, 'internal', 'MILVUS_ERROR', false],
  ])('status %i "%s" is %s', (status, text, code, retryable) => {
    expect(fromGrpc(site, status, text)).toMatchObject({ code, retryable });
  });

  it('names the place, what to do and the cause', () => {
    const cause = new Error('grpc');
    const error = fromGrpc(site, 14, 'connect ECONNREFUSED\n. Resolution note: ', cause);
    expect(error.message).toBe('Milvus at 127.0.0.1:19530 cannot be reached: connect ECONNREFUSED .');
    expect(error.remedy).toContain('milvus.grpc.port');
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual({
      rpc: 'DescribeCollection',
      address: '127.0.0.1:19530',
      database: 'db',
      collection: 'c',
      grpcStatus: 14,
    });
  });
});

describe('fromStatus', () => {
  it.each([
    [100, 1, "can't find collection collection not found[database=default]", 'COLLECTION_NOT_FOUND', false],
    [0, 4, 'no such', 'COLLECTION_NOT_FOUND', false],
    [0, 1, "can't find collection: c", 'COLLECTION_NOT_FOUND', false],
    [
      65535,
      1,
      'attempt #6: collection not found[database=default][collection=nope]',
      'COLLECTION_NOT_FOUND',
      false,
    ],
    [800, 1, 'database not found[database=nodb]', 'DATABASE_NOT_FOUND', false],
    [8, 49, 'rate limit exceeded[rate=0.1]', 'MILVUS_RATE_LIMITED', true],
    [0, 49, 'request is rejected by grpc RateLimiter middleware', 'MILVUS_RATE_LIMITED', true],
    [1, 1, 'service not ready', 'MILVUS_UNREACHABLE', true],
    [10, 1, 'service unimplemented', 'MILVUS_UNSUPPORTED', false],
    [1401, 3, 'privilege not permitted', 'MILVUS_AUTH', false],
    [802, 1, 'invalid database name', 'MILVUS_ERROR', false],
    [0, 1, '', 'MILVUS_ERROR', false],
  ])('code %i, error_code %i "%s" is %s', (code, error_code, reason, expected, retryable) => {
    const error = fromStatus(site, { code, error_code, reason });
    expect(error).toMatchObject({ code: expected, retryable, details: { milvusCode: code } });
  });

  it('has nothing to say of a success', () => {
    expect(fromStatus(site, { code: 0, error_code: 0, reason: '' })).toBeNull();
    expect(fromStatus(site, null)).toBeNull();
  });

  it('keeps the words of Milvus and names the collection', () => {
    const error = fromStatus(site, { code: 1100, error_code: 5, reason: 'not allow to set partition name' });
    expect(error?.message).toBe(
      'Milvus refused DescribeCollection of collection db.c: not allow to set partition name',
    );
  });
});
