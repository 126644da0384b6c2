import { describe, expect, test } from 'vitest';
import { noFiles, planBundlePlace } from '../../../src/backup/snapshot/place.js';
import { withoutSecrets } from '../../../src/backup/snapshot/snapshot-collection.js';
import type { StorageSection } from '../../../src/config/types.js';
import { thrownBy } from '../../driver/thrown-by.js';
import { makeSection } from '../../transfer/sections.js';

const folder = 'backups/b/bundle/';
const readText = async (path: string): Promise<string> => `text of ${path}`;
const plan = (milvus: Partial<StorageSection>, backup: Partial<StorageSection> = milvus) =>
  planBundlePlace(
    makeSection(milvus),
    makeSection({ path: 'backup.storage', bucketName: 'bb', ...backup }),
    folder,
    readText,
  );
const { auth } = makeSection();

describe('where Milvus writes', () => {
  test.each<[string, Partial<StorageSection>, Partial<StorageSection>, string]>([
    ['its own server', {}, {}, 's3://bb/backups/b/bundle'],
    [
      'its own server under another name',
      {},
      { milvusAddress: 'minio' },
      'minio://minio:9000/bb/backups/b/bundle',
    ],
    ['another port of it', {}, { milvusAddress: 'm', milvusPort: 1 }, 'minio://m:1/bb/backups/b/bundle'],
    ['another server', {}, { address: 'Other.' }, 'minio://other:9000/bb/backups/b/bundle'],
    ['the same with TLS', {}, { useSSL: true }, 'minio://localhost:9000/bb/backups/b/bundle'],
    ['another kind of the same', {}, { provider: 's3' }, 'minio://localhost:9000/bb/backups/b/bundle'],
    [
      'another region',
      { provider: 'aws', address: '' },
      { provider: 'aws', address: '', region: 'eu' },
      's3://bb/backups/b/bundle',
    ],
    [
      'Azure',
      {},
      {
        provider: 'azure',
        accountName: 'acc',
        address: 'core.windows.net',
        port: 443,
        auth: { ...auth, type: 'sharedKey' },
      },
      'azure://acc.blob.core.windows.net/bb/backups/b/bundle',
    ],
    [
      'Azure at a port',
      {},
      { provider: 'azure', accountName: 'acc', address: 'h', port: 1, auth: { ...auth, type: 'sharedKey' } },
      'azure://acc.blob.h:1/bb/backups/b/bundle',
    ],
    [
      'Azure by another name',
      {},
      {
        provider: 'azure',
        accountName: 'acc',
        milvusAddress: 'private.host',
        auth: { ...auth, type: 'default' },
      },
      'azure://private.host/bb/backups/b/bundle',
    ],
    [
      'Google',
      {},
      { provider: 'gcpnative', auth: { ...auth, type: 'serviceAccount' } },
      'gcs://bb/backups/b/bundle',
    ],
  ])('%s', async (_what, milvus, backup, uri) => {
    expect(await plan(milvus, { ...milvus, ...backup })).toMatchObject({
      uri,
      bucket: 'bb',
      key: 'backups/b/bundle',
    });
  });

  test('is told with credentials only when it is not its own store', async () => {
    const spec = async (backup: Partial<StorageSection>) => {
      const { externalSpec } = await plan({}, { address: 'other', ...backup });
      return JSON.parse(externalSpec).extfs;
    };
    expect((await plan({})).externalSpec).toBe('');
    expect((await plan({}, { auth: { ...auth, sessionToken: 't' } })).externalSpec).toBe('');
    expect(await spec({ useSSL: true, region: 'eu', provider: 'hwc' })).toEqual({
      cloud_provider: 'huawei',
      use_ssl: 'true',
      region: 'eu',
      access_key_id: 'key',
      access_key_value: 'secret',
    });
    expect(await spec({ provider: 'aws', auth: { ...auth, type: 'iam', endpoint: 'http://sts' } })).toEqual({
      cloud_provider: 'aws',
      use_ssl: 'false',
      use_iam: 'true',
      iam_endpoint: 'http://sts',
    });
    expect(
      await spec({
        provider: 'azure',
        accountName: 'acc',
        auth: { ...auth, type: 'sharedKey', accountKey: 'k' },
      }),
    ).toMatchObject({ cloud_provider: 'azure', access_key_id: 'acc', access_key_value: 'k' });
    expect(
      await spec({
        provider: 'gcpnative',
        auth: { ...auth, type: 'serviceAccount', credentialsFile: 'f.json' },
      }),
    ).toEqual({ cloud_provider: 'gcpnative', use_ssl: 'false', credential_json: 'text of f.json' });
  });

  test.each<[string, Partial<StorageSection>, Partial<StorageSection>, string]>([
    ['a directory', {}, { provider: 'local' }, 'UNSUPPORTED'],
    ['a Milvus on a disk', { provider: 'local' }, { provider: 'minio' }, 'UNSUPPORTED'],
    ['a driver of somebody', {}, { driver: 'my-driver' }, 'UNSUPPORTED'],
    [
      'a session token for another store',
      {},
      { address: 'o', auth: { ...auth, sessionToken: 't' } },
      'UNSUPPORTED',
    ],
    ['no address', {}, { address: '' }, 'CONFIG_INVALID'],
  ])('%s is refused', async (_what, milvus, backup, code) => {
    const error = await thrownBy(() => plan(milvus, { ...milvus, ...backup }));
    expect(error).toMatchObject({ code, remedy: expect.stringMatching(/./) });
    expect(`${error.message} ${error.remedy}`).toMatch(/(?:milvus|backup)\.storage/);
  });

  test('a program without files refuses the credentials of Google', async () => {
    expect(await thrownBy(() => noFiles('f.json'))).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('what Milvus says is told without secrets', async () => {
    const place = await plan({}, { address: 'other' });
    const said = withoutSecrets(`403 for key/secret in ${place.externalSpec}`, place);
    expect(said).not.toContain('secret');
    expect(said).toContain('403 for key/****');
    expect(withoutSecrets('secret', await plan({}))).toBe('secret');
  });
});
