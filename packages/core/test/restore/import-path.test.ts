import { expect, it } from 'vitest';
import type { StorageSection } from '../../src/config/types.js';
import { createMemoryDriver } from '../../src/driver/index.js';
import { importPath } from '../../src/stores.js';

const pathOf = (provider: StorageSection['provider'], rootPath: string, localPath: string, key: string) => {
  const section: StorageSection = {
    path: 'milvus.storage',
    provider,
    address: '',
    port: 0,
    region: '',
    useSSL: false,
    accountName: '',
    bucketName: 'b',
    rootPath,
    localPath,
    auth: {
      type: 'static',
      accessKeyID: '',
      secretAccessKey: '',
      sessionToken: '',
      accountKey: '',
      credentialsFile: '',
      endpoint: '',
    },
  };
  const driver = createMemoryDriver({ store: new Map(), bucket: 'b' });
  return importPath({ section, driver }, key);
};

it.each([
  ['local', '/data/milvus', '', 'insert_log/1/2', '/data/milvus/insert_log/1/2'],
  ['local', '/mnt/milvus', '/var/lib/milvus/data', 'insert_log/1/2', '/var/lib/milvus/data/insert_log/1/2'],
  ['local', '/mnt/milvus', '/var/lib/milvus/data//', 'insert_log/1/2', '/var/lib/milvus/data/insert_log/1/2'],
  ['local', '/mnt/milvus', '/var/lib/milvus', '', ''],
  ['minio', 'files', '', 'files/insert_log/1/2', 'files/insert_log/1/2'],
] as const)('%s at %s, seen by Milvus at "%s": "%s" is "%s"', (provider, rootPath, localPath, key, path) => {
  expect(pathOf(provider, rootPath, localPath, key)).toBe(path);
});
