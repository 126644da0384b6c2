import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isBackupError, type StorageSection } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { authorityOf } from '../src/endpoint.js';
import { type AzureOptions, driverPlugin, readOptions } from '../src/index.js';
import { authFor, sectionFor } from './sections.js';

const context = { env: {}, cwd: '/' };
const read = (changes: Partial<StorageSection>): AzureOptions => readOptions(sectionFor(changes), context);
const auth = authFor({});
const key = 'cGxhbnRlZC1zZWNyZXQ=';
const sasToken = '?sv=2024-11-04&sp=rl&sig=planted-secret';

describe('endpoint', () => {
  it.each([
    [{}, 'https://account.blob.core.windows.net'],
    [{ address: '' }, 'https://account.blob.core.windows.net'],
    [{ useSSL: false }, 'https://account.blob.core.windows.net'],
    [{ address: 'core.chinacloudapi.cn' }, 'https://account.blob.core.chinacloudapi.cn'],
    [{ address: 'account.blob.core.windows.net' }, 'https://account.blob.core.windows.net'],
    [{ port: 8443 }, 'https://account.blob.core.windows.net:8443'],
    [{ address: '127.0.0.1', port: 10000, useSSL: false }, 'http://127.0.0.1:10000/account'],
    [{ address: 'localhost', port: 10000, useSSL: true }, 'https://localhost:10000/account'],
    [{ address: '[::1]', port: 10000, useSSL: false }, 'http://[::1]:10000/account'],
    [{ options: { endpoint: 'https://files.example/' } }, 'https://files.example'],
    [{ options: { endpoint: 'http://azurite:10000/account/' } }, 'http://azurite:10000/account'],
  ] as const)('%j', (changes, url) => {
    expect(read(changes).url).toBe(url);
  });

  it('sovereign clouds have token services of their own', () => {
    expect(authorityOf('https://a.blob.core.windows.net')).toBe('https://login.microsoftonline.com');
    expect(authorityOf('https://a.blob.core.usgovcloudapi.net')).toBe('https://login.microsoftonline.us');
    expect(authorityOf('https://a.blob.core.chinacloudapi.cn')).toBe('https://login.chinacloudapi.cn');
  });
});

describe('credentials', () => {
  it('account key', () => {
    expect(read({}).auth).toEqual({ type: 'sharedKey', key });
  });

  it('signature, with and without question mark', () => {
    for (const token of [sasToken, sasToken.slice(1)]) {
      const options = read({ auth, options: { sasToken: token } });
      expect(options.auth).toEqual({ type: 'sas', token: sasToken.slice(1) });
    }
  });

  it.each([
    [`AccountName=other;AccountKey=${key}`, 'https://other.blob.core.windows.net'],
    [
      `DefaultEndpointsProtocol=http;accountname=other;AccountKey=${key};EndpointSuffix=core.usgovcloudapi.net`,
      'http://other.blob.core.usgovcloudapi.net',
    ],
    [
      `AccountName=other;AccountKey=${key};BlobEndpoint=http://azurite:10000/other;`,
      'http://azurite:10000/other',
    ],
  ])('connection string %#', (connectionString, url) => {
    const options = read({ accountName: '', auth, options: { connectionString } });
    expect(options).toMatchObject({ account: 'other', url, auth: { type: 'sharedKey', key } });
  });

  it('an identity, from the environment and from options', () => {
    const env = { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', AZURE_FEDERATED_TOKEN_FILE: 'token' };
    const section = sectionFor({ auth, options: { credential: 'workloadIdentity', tenantId: 'own' } });
    expect(readOptions(section, { env, cwd: '/pod' }).auth).toEqual({
      type: 'token',
      identity: {
        kind: 'workloadIdentity',
        clientId: 'c',
        tenantId: 'own',
        authorityHost: undefined,
        tokenFile: '/pod/token',
      },
    });
  });

  it('from files, relative to the working directory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'driver-azure-'));
    await writeFile(join(folder, 'sas'), `${sasToken}\n`);
    await writeFile(join(folder, 'ca.pem'), 'PEM');
    const section = sectionFor({ auth, options: { sasTokenFile: 'sas', caFile: 'ca.pem' } });
    const options = readOptions(section, { env: {}, cwd: folder });
    expect(options).toMatchObject({ auth: { type: 'sas', token: sasToken.slice(1) }, ca: 'PEM' });
    await rm(folder, { recursive: true });
  });
});

describe('refused, with the key and without the secret', () => {
  it.each([
    ['provider', { provider: 'minio' }],
    ['bucketName', { bucketName: '' }],
    ['accountName', { accountName: '' }],
    ['address', { address: 'https://core.windows.net' }],
    ['address', { address: 'core.windows.net:443' }],
    ['address', { address: 'bad host' }],
    ['auth.type', { auth: authFor({ type: 'static' }) }],
    ['auth.accountKey', { auth: authFor({ type: 'sharedKey' }) }],
    ['auth.accountKey', { auth: authFor({ type: 'sharedKey', accountKey: 'planted-secret!' }) }],
    ['auth.type', { auth, address: 'localhost', useSSL: false }],
    ['options.sasToken', { options: { sasToken } }],
    ['options.sasToken', { auth, options: { sasToken: 'planted-secret' } }],
    ['options.sasToken', { auth, options: { sasToken, connectionString: 'planted-secret' } }],
    ['options.sasTokenFile', { auth, options: { sasTokenFile: 'no-such-file' } }],
    ['options.connectionString', { auth, options: { connectionString: 'planted-secret' } }],
    ['options.connectionString', { auth, options: { connectionString: 'AccountName=account' } }],
    ['accountName', { auth, options: { connectionString: `AccountName=other;AccountKey=${key}` } }],
    ['options.credential', { auth, options: { credential: 'workloadIdentity' } }],
    ['options.credential', { auth, options: { credential: 'guess' } }],
    ['options.authorityHost', { auth, options: { authorityHost: 'http://plain.example' } }],
    ['options.endpoint', { options: { endpoint: 'ftp://host' } }],
    ['options', { options: { endpoint: 'https://host/?sig=planted-secret' } }],
    ['options', { options: { unknown: 1 } }],
    ['options.partSizeMiB', { options: { partSizeMiB: 0 } }],
    ['options.caFile', { options: { caFile: 'no-such-file.pem' } }],
  ] as const)('%s %#', (name, changes) => {
    try {
      read(changes as Partial<StorageSection>);
      expect.unreachable();
    } catch (error) {
      expect(isBackupError(error) && error.code).toBe('CONFIG_INVALID');
      expect(isBackupError(error) && error.details.key).toBe(`backup.storage.${name}`);
      const text = inspect(error, { depth: 10 });
      expect(text).not.toContain('planted-secret');
      expect(text).not.toContain(key);
    }
  });
});

it('capabilities, with and without checksums', () => {
  const capabilities = (options: Record<string, unknown>): object =>
    driverPlugin.createDriver(sectionFor({ options }), context).capabilities;
  const all = { serverSideCopy: true, multipartCopy: true, conditionalPut: true, deleteBatchSize: 256 };
  expect(capabilities({})).toEqual({ ...all, checksum: 'md5', md5Put: true });
  expect(capabilities({ checksums: false })).toEqual(all);
});

it('a driver that is printed shows no secret', () => {
  for (const section of [sectionFor(), sectionFor({ auth, options: { sasToken } })]) {
    const text = inspect(driverPlugin.createDriver(section, context), { depth: 10, showHidden: true });
    expect(text).not.toContain(key);
    expect(text).not.toContain('planted-secret');
  }
});
