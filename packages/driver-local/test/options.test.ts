import type { StorageSection } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import { readOptions } from '../src/index.js';

const section = (rootPath: string, options?: StorageSection['options']): StorageSection => ({
  path: 'backup.storage',
  provider: 'local',
  address: '',
  port: 0,
  region: '',
  useSSL: false,
  accountName: '',
  bucketName: '',
  rootPath,
  localPath: '',
  auth: {
    type: 'static',
    accessKeyID: '',
    secretAccessKey: '',
    sessionToken: '',
    accountKey: '',
    credentialsFile: '',
    endpoint: '',
  },
  ...(options === undefined ? {} : { options }),
});
const context = { env: {}, cwd: '/srv' };

it.each([
  ['/data/backup', '/data/backup'],
  ['/data//backup/', '/data/backup'],
  ['backup', '/srv/backup'],
  ['./a/../b', '/srv/b'],
])('rootPath %j is the directory %s', (rootPath, directory) => {
  expect(readOptions(section(rootPath), context).directory).toBe(directory);
});

it.each([
  ['rootPath', section('')],
  ['rootPath', section('  ')],
  ['rootPath', section('a\0b')],
  ['options', section('/data', { unknown: 1 })],
])('refused, with the key %s', (key, wrong) => {
  expect(() => readOptions(wrong, context)).toThrowError(
    expect.objectContaining({ code: 'CONFIG_INVALID', details: { key: `backup.storage.${key}` } }),
  );
});
