import { BackupError } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import { toSftpError } from '../src/index.js';

const context = { target: 'host:22', section: 'backup.storage', key: 'a/b' };
const failure = (message: string, facts: object = {}): Error => Object.assign(new Error(message), facts);

it.each([
  ['No such file', { code: 2 }, 'OBJECT_NOT_FOUND', false],
  ['Permission denied', { code: 3 }, 'STORAGE_AUTH', false],
  ['Failure', { code: 4 }, 'STORAGE_ERROR', false],
  ['write: No space left on device', { code: 4 }, 'STORAGE_FULL', false],
  ['Disk quota exceeded', { code: 4 }, 'STORAGE_FULL', false],
  ['Operation unsupported', { code: 8 }, 'UNSUPPORTED', false],
  ['All configured authentication methods failed', { level: 'client-authentication' }, 'STORAGE_AUTH', false],
  ['Handshake failed: host verification failed', { level: 'handshake' }, 'STORAGE_AUTH', false],
  ['Cannot parse privateKey: Unsupported key format', {}, 'CONFIG_INVALID', false],
  ['connect ECONNREFUSED', { code: 'ECONNREFUSED', level: 'client-socket' }, 'STORAGE_UNREACHABLE', true],
  ['getaddrinfo ENOTFOUND', { code: 'ENOTFOUND', level: 'client-socket' }, 'STORAGE_UNREACHABLE', true],
  ['Timed out while waiting for handshake', { level: 'client-timeout' }, 'STORAGE_UNREACHABLE', true],
  ['No response from server', {}, 'STORAGE_UNREACHABLE', true],
  ['Keepalive timeout', { level: 'client-timeout' }, 'STORAGE_UNREACHABLE', true],
])('%s is %s', (message, facts, code, retryable) => {
  const cause = failure(message, facts);
  const error = toSftpError(cause, context);
  expect(error).toMatchObject({ code, retryable, cause, details: { target: 'host:22', key: 'a/b' } });
});

it('keeps what is ours', () => {
  const ours = new BackupError({ code: 'CANCELLED', message: 'stop' });
  expect(toSftpError(ours, context)).toBe(ours);
});
