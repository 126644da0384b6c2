import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type S3Server, startS3 } from '../../src/servers/s3.js';
import { startZillizCloud, type ZillizCloud } from '../../src/zilliz-cloud/index.js';

interface Volume {
  readonly endpoint: string;
  readonly uploadPath: string;
  readonly credentials: { readonly tmpAK: string; readonly tmpSK: string; readonly sessionToken: string };
}

describe('the stand-in for Zilliz Cloud', () => {
  let s3: S3Server;

  beforeAll(async () => {
    s3 = await startS3({ buckets: ['volumes'] });
  });
  afterAll(() => s3?.stop());

  async function open(): Promise<ZillizCloud> {
    const cloud = await startZillizCloud({ store: s3, bucket: 'volumes', apiKey: 'key', clusterId: 'in01' });
    onTestFinished(() => cloud.close());
    return cloud;
  }

  async function post(cloud: ZillizCloud, path: string, body: object, key = 'key') {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${cloud.endpoint}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { code: number; data?: unknown } };
  }

  async function lend(cloud: ZillizCloud): Promise<{ client: S3Client; folder: string }> {
    const { body } = await post(cloud, '/v2/volumes/apply', { clusterId: 'in01', path: 'p1' });
    const { endpoint, uploadPath, credentials } = body.data as Volume;
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: credentials.tmpAK,
        secretAccessKey: credentials.tmpSK,
        sessionToken: credentials.sessionToken,
      },
    });
    onTestFinished(() => client.destroy());
    return { client, folder: uploadPath };
  }

  it('lends one folder of a real store, and nothing beside it', async () => {
    const cloud = await open();
    const { client, folder } = await lend(cloud);
    const object = { Bucket: 'volumes', Key: `${folder}a b+ü` };
    await client.send(new PutObjectCommand({ ...object, Body: 'content' }));
    const own = s3.createClient();
    onTestFinished(() => own.destroy());
    expect(await (await own.send(new GetObjectCommand(object))).Body?.transformToString()).toBe('content');
    const listed = await client.send(new ListObjectsV2Command({ Bucket: 'volumes', Prefix: folder }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual([object.Key]);
    const outside = new PutObjectCommand({ ...object, Key: 'lent/other/x', Body: 'content' });
    await expect(client.send(outside)).rejects.toMatchObject({ Code: 'AccessDenied' });
    await expect(client.send(new ListObjectsV2Command({ Bucket: 'volumes' }))).rejects.toMatchObject({
      Code: 'AccessDenied',
    });
  });

  it('ends what it lent', async () => {
    const cloud = await open();
    const { client, folder } = await lend(cloud);
    cloud.expireCredentials();
    const put = new PutObjectCommand({ Bucket: 'volumes', Key: `${folder}x`, Body: 'content' });
    await expect(client.send(put)).rejects.toMatchObject({ Code: 'ExpiredToken' });
  });

  it('refuses strangers, other clusters and volumes that it did not lend', async () => {
    const cloud = await open();
    const start = '/v2/migrations/startByRemote';
    const good = {
      source: { stageName: 'volume-of-in01', dataPath: 'p1' },
      destination: { clusterId: 'in01' },
    };
    expect((await post(cloud, start, good, 'other')).status).toBe(401);
    for (const body of [
      { ...good, destination: { clusterId: 'in02' } },
      { ...good, source: { stageName: 'other', dataPath: 'p1' } },
    ])
      expect((await post(cloud, start, body)).body.code).not.toBe(0);
    expect(cloud.jobs).toEqual([]);
    expect((await post(cloud, start, good)).body.data).toEqual({ jobId: cloud.jobs[0]?.id });
  });
});
