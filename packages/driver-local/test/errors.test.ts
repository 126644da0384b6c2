import { BackupError } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { toLocalError } from '../src/index.js';

const context = { directory: '/data', section: 'backup.storage', key: 'some/key' };
const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

describe('toLocalError', () => {
  it.each([
    ['ENOENT', 'OBJECT_NOT_FOUND', false],
    ['EACCES', 'STORAGE_AUTH', false],
    ['EPERM', 'STORAGE_AUTH', false],
    ['EROFS', 'STORAGE_AUTH', false],
    ['ENOSPC', 'STORAGE_FULL', false],
    ['EDQUOT', 'STORAGE_FULL', false],
    ['EEXIST', 'PRECONDITION_FAILED', false],
    ['EISDIR', 'INVALID_KEY', false],
    ['ENOTDIR', 'INVALID_KEY', false],
    ['ENAMETOOLONG', 'INVALID_KEY', false],
    ['ELOOP', 'INVALID_KEY', false],
    ['EMFILE', 'STORAGE_BUSY', true],
    ['ENFILE', 'STORAGE_BUSY', true],
    ['EIO', 'STORAGE_UNREACHABLE', true],
    ['ESTALE', 'STORAGE_UNREACHABLE', true],
    ['EUNHEARDOF', 'STORAGE_ERROR', false],
  ])('%s is %s', (errno, code, retryable) => {
    const cause = failure(errno);
    const error = toLocalError(cause, context);
    expect(error).toMatchObject({ code, retryable, cause, details: { key: 'some/key', errno } });
    expect(error.message).toContain('/data');
  });

  it.each([
    ['EACCES', 'let this user read and write /data'],
    ['ENOSPC', 'free space on the disk of /data'],
    ['EMFILE', 'ulimit'],
  ])('the remedy of %s', (errno, text) => {
    expect(toLocalError(failure(errno), context).remedy).toContain(text);
  });

  it('keeps what is ours', () => {
    const ours = new BackupError({ code: 'CANCELLED', message: 'stop' });
    expect(toLocalError(ours, context)).toBe(ours);
  });
});
