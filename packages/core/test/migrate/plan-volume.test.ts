import { describe, expect, it } from 'vitest';
import { assertSamePlace, planVolume } from '../../src/migrate/plan-volume.js';
import { thrownBy } from '../driver/thrown-by.js';

const api = 'https://api.cloud.zilliz.com';
const reply = {
  cloud: 'aws',
  region: 'us-west-2',
  endpoint: 's3.us-west-2.amazonaws.com',
  bucketName: 'lent',
  volumeName: 'vol-1',
  volumePrefix: 'org/vol-1/',
  uploadPath: 'org/vol-1/run-1/',
  condition: { maxContentLength: 1000 },
  credentials: { tmpAK: 'ak', tmpSK: 'sk', sessionToken: 'st', expireTime: '2026-11-22T20:00:00Z' },
};
const plan = (changes: object = {}) => planVolume({ ...reply, ...changes }, 'run-1', api);

describe('the place that the cloud lends', () => {
  it('is a folder of a bucket, with credentials for a while', () => {
    expect(plan()).toEqual({
      name: 'vol-1',
      root: 'org/vol-1',
      folder: 'run-1',
      maxBytes: 1000,
      expiresAt: Date.UTC(2026, 10, 22, 20),
      section: expect.objectContaining({
        provider: 'aws',
        address: 's3.us-west-2.amazonaws.com',
        port: 443,
        useSSL: true,
        region: 'us-west-2',
        bucketName: 'lent',
        rootPath: '',
        auth: expect.objectContaining({
          type: 'static',
          accessKeyID: 'ak',
          secretAccessKey: 'sk',
          sessionToken: 'st',
        }),
      }),
    });
  });

  it.each([
    ['without uploadPath the prefix and the path that was asked for', { uploadPath: undefined }, 'org/vol-1'],
    [
      'an older name',
      { uploadPath: null, volumePrefix: null, stagePrefix: '/old/', volumeName: '', stageName: 'vol-1' },
      'old',
    ],
    ['no prefix at all', { uploadPath: '', volumePrefix: '' }, ''],
  ])('%s', (_what, changes, root) => {
    expect(plan(changes)).toMatchObject({ name: 'vol-1', root, folder: 'run-1' });
  });

  it('may be told without limit, time and region', () => {
    const credentials = { ...reply.credentials, expireTime: null };
    expect(plan({ condition: null, region: null, credentials })).toMatchObject({
      maxBytes: 0,
      expiresAt: null,
      section: { region: '' },
    });
  });

  it('of Google is opened by its token', () => {
    expect(plan({ cloud: 'GCP', endpoint: 'https://storage.googleapis.com' }).section).toMatchObject({
      provider: 'gcp',
      address: 'storage.googleapis.com',
      port: 443,
      useSSL: true,
    });
  });

  it.each([
    ['another cloud', { cloud: 'azure' }, 'UNSUPPORTED', '"azure"'],
    ['no bucket', { bucketName: undefined }, 'CLOUD_ERROR', 'data.bucketName'],
    ['no name', { volumeName: '' }, 'CLOUD_ERROR', 'names no volume'],
    ['a way out of its folder', { uploadPath: 'org/../other/run-1/' }, 'CLOUD_ERROR', 'is no folder'],
    ['a store without encryption', { endpoint: 'http://s3.example' }, 'CLOUD_ERROR', 'not encrypted'],
    ['a store that is no host', { endpoint: 'a b' }, 'CLOUD_ERROR', 'no host'],
  ])('is refused with %s', async (_what, changes, code, text) => {
    const error = await thrownBy(async () => plan(changes));
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
    expect(error.message).not.toContain('sk');
  });

  it('may not change when its credentials are renewed', async () => {
    assertSamePlace(plan(), plan({ credentials: { ...reply.credentials, tmpAK: 'ak2' } }));
    const error = await thrownBy(async () => assertSamePlace(plan(), plan({ bucketName: 'other' })));
    expect(error.code).toBe('CLOUD_ERROR');
  });
});
