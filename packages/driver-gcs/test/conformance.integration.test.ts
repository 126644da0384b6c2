import { type DriverLimits, driverConformance } from '@milvus-backup/driver-conformance';
import { type GcsServer, gcsAvailable, startGcs } from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';

/** A file per object, made under a longer name and renamed: what file systems refuse, it refuses with a 500. Google has none of it. */
const fakeGcsLimits: DriverLimits = {
  noObjectBesideFolder: true,
  emptiedFolderBlocksName: true,
  keyPartBytes: 232,
  keyPartSlack: 22,
  unexplainedRefusals: true,
};

describe.runIf(await gcsAvailable())('on fake-gcs-server', () => {
  let server: GcsServer | undefined;
  const running = (): GcsServer => {
    if (server === undefined) throw new Error('the GCS server was not started');
    return server;
  };
  beforeAll(async () => {
    server = await startGcs();
  });
  afterAll(() => server?.stop());

  driverConformance(
    'gcs driver',
    (bucket) => driverPlugin.createDriver(sectionOf(running(), bucket), { env: {}, cwd: '/' }),
    { manyObjects: 10_000, limits: fakeGcsLimits, timeout: 400_000 },
  );
});
