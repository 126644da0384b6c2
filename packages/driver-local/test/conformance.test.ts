import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverConformance } from '@milvus-backup/driver-conformance';
import { afterAll, beforeAll } from 'vitest';
import { createLocalDriver } from '../src/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driver-local-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

driverConformance(
  'local driver',
  (bucket) => createLocalDriver({ section: 'backup.storage', directory: join(folder, bucket) }),
  { limits: { noObjectBesideFolder: true, keyPartBytes: 255 } },
);
