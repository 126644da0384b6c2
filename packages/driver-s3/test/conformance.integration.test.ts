import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { type ConformanceOptions, driverConformance } from '@milvus-backup/driver-conformance';
import { type S3Server, startS3 } from '@milvus-backup/test-support';
import { afterAll, beforeAll } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { context, lacking, sectionOf } from './sections.js';

let server: S3Server | undefined;
const running = (): S3Server => {
  if (server === undefined) throw new Error('the S3 server was not started');
  return server;
};
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server?.stop());

const options: ConformanceOptions = {
  manyObjects: 10_000,
  timeout: 400_000,
  limits: { treeOrder: true, keepsEmptyFolders: true, keyPartBytes: 255 },
  openUploads: async (bucket) => {
    const client = running().createClient();
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    client.destroy();
    return Uploads?.length ?? 0;
  },
};
driverConformance(
  's3 driver on SeaweedFS',
  (bucket) => driverPlugin.createDriver(sectionOf(running(), bucket), context),
  options,
);

driverConformance(
  's3 driver without abilities',
  (bucket) => driverPlugin.createDriver({ ...sectionOf(running(), bucket), options: lacking }, context),
  { ...options, manyObjects: 1100, largeObject: 20 * 1024 * 1024 },
);
