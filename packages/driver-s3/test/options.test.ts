import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isBackupError, type StorageSection } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { driverPlugin, readOptions, type S3Options } from '../src/index.js';
import { sectionFor } from './sections.js';

const context = { env: {}, cwd: '/' };
const read = (changes: Partial<StorageSection>): S3Options => readOptions(sectionFor(changes), context);
const { auth } = sectionFor();

describe('endpoint', () => {
  it.each([
    [{ address: 'localhost', port: 9000 }, 'http://localhost:9000'],
    [{ address: 'localhost', port: 9000, useSSL: true }, 'https://localhost:9000'],
    [{ address: 'store', port: 80 }, 'http://store'],
    [{ address: 'store', port: 443, useSSL: true }, 'https://store'],
    [{ address: 'store', port: 443 }, 'http://store:443'],
    [{ address: 'store', port: 80, useSSL: true }, 'https://store:80'],
    [{ address: '[::1]', port: 9000 }, 'http://[::1]:9000'],
    [{ provider: 'aws', address: '', port: 443, useSSL: true }, 'https://s3.amazonaws.com'],
    [
      { provider: 'aws', address: '', port: 443, useSSL: true, region: 'eu-west-1' },
      'https://s3.eu-west-1.amazonaws.com',
    ],
    [{ provider: 'gcp', address: '', port: 443, useSSL: true }, 'https://storage.googleapis.com'],
  ] as const)('%j', (changes, endpoint) => {
    expect(read(changes).endpoint).toBe(endpoint);
  });
});

describe('where the bucket goes', () => {
  it.each([
    ['minio', 'localhost', false, 'bucket', true],
    ['s3', 'ceph.example', true, 'bucket', true],
    ['aws', 's3.eu-west-1.amazonaws.com', true, 'bucket', false],
    ['aws', 's3.eu-west-1.amazonaws.com', true, 'dotted.bucket', true],
    ['aws', 's3.eu-west-1.amazonaws.com', false, 'dotted.bucket', false],
    ['s3', 'oss-cn-hangzhou.aliyuncs.com', true, 'bucket', false],
    ['minio', 'notamazonaws.com', true, 'bucket', true],
    ['gcp', 'storage.googleapis.com', true, 'bucket', false],
    ['aliyun', 'own.example', true, 'bucket', false],
    ['tencent', 'cos.ap-beijing.myqcloud.com', true, 'bucket', false],
    ['hwc', 'obs.cn-north-4.myhuaweicloud.com', true, 'bucket', false],
  ] as const)(
    '%s at %s, TLS %s, bucket %s: in the path %s',
    (provider, address, useSSL, bucketName, inPath) => {
      expect(read({ provider, address, useSSL, bucketName }).forcePathStyle).toBe(inPath);
    },
  );

  it('as the options say', () => {
    expect(read({ options: { pathStyle: 'never' } }).forcePathStyle).toBe(false);
    expect(read({ provider: 'aliyun', options: { pathStyle: 'always' } }).forcePathStyle).toBe(true);
  });
});

describe('region', () => {
  it.each([
    [{}, 'us-east-1'],
    [{ region: 'eu-central-1' }, 'eu-central-1'],
    [{ provider: 'aws', address: 's3.ap-south-1.amazonaws.com' }, 'ap-south-1'],
    [{ provider: 'aws', address: 's3.cn-north-1.amazonaws.com.cn' }, 'cn-north-1'],
    [{ provider: 'gcp', address: 'storage.googleapis.com' }, 'auto'],
  ] as const)('%j is %s', (changes, region) => {
    expect(read(changes).region).toBe(region);
  });
});

describe('capabilities', () => {
  const capabilities = (changes: Partial<StorageSection>): object =>
    driverPlugin.createDriver(sectionFor(changes), context).capabilities;

  it('of a store that has everything', () => {
    expect(capabilities({})).toEqual({
      serverSideCopy: true,
      multipartCopy: true,
      conditionalPut: true,
      deleteBatchSize: 1000,
      checksum: 'crc32',
    });
  });

  it('switched off', () => {
    const options = {
      conditionalPut: false,
      batchDelete: false,
      multipartCopy: false,
      checksums: 'whenRequired',
    };
    expect(capabilities({ options })).toEqual({
      serverSideCopy: true,
      multipartCopy: false,
      conditionalPut: false,
      deleteBatchSize: 1,
    });
  });

  it('of clouds with a gateway of their own, and switched on', () => {
    expect(capabilities({ provider: 'tencent' })).toMatchObject({
      conditionalPut: false,
      deleteBatchSize: 1,
    });
    expect(capabilities({ provider: 'gcp' })).toMatchObject({ multipartCopy: true });
    const options = { conditionalPut: true, batchDelete: true };
    expect(capabilities({ provider: 'hwc', options })).toMatchObject({
      conditionalPut: true,
      deleteBatchSize: 1000,
    });
  });
});

describe('refused, with the key', () => {
  it.each([
    ['bucketName', { bucketName: '' }],
    ['address', { address: '' }],
    ['address', { address: 'http://localhost' }],
    ['address', { address: 'localhost:9000' }],
    ['address', { address: 'localhost/path' }],
    ['address', { address: 'bad host' }],
    ['provider', { provider: 'azure' }],
    ['auth.accessKeyID', { auth: { ...auth, accessKeyID: '' } }],
    ['auth.secretAccessKey', { auth: { ...auth, secretAccessKey: '' } }],
    ['auth.type', { auth: { ...auth, type: 'sharedKey' } }],
    ['options', { options: { unknown: 1 } }],
    ['options.partSizeMiB', { options: { partSizeMiB: 4 } }],
    ['options.checksums', { options: { checksums: 'never' } }],
    ['options.caFile', { options: { caFile: 'no-such-file.pem' } }],
  ] as const)('%s', (key, changes) => {
    try {
      read(changes as Partial<StorageSection>);
      expect.unreachable();
    } catch (error) {
      expect(isBackupError(error) && error.code).toBe('CONFIG_INVALID');
      expect(isBackupError(error) && error.details.key).toBe(`backup.storage.${key}`);
      expect(inspect(error, { depth: 10 })).not.toContain('planted-secret');
    }
  });
});

it('a certificate file is read from the working directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'driver-s3-'));
  await writeFile(join(folder, 'ca.pem'), 'PEM');
  const section = sectionFor({ options: { caFile: 'ca.pem' } });
  expect(readOptions(section, { env: {}, cwd: folder }).ca).toBe('PEM');
  await rm(folder, { recursive: true });
});

it('a driver that is printed shows no secret', () => {
  const driver = driverPlugin.createDriver(sectionFor(), context);
  expect(inspect(driver, { depth: 10, showHidden: true })).not.toContain('planted-secret');
});
