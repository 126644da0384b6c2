import { driverConformance } from '@milvus-backup/driver-conformance';
import { type AzuriteServer, startAzurite } from '@milvus-backup/test-support';
import { afterAll, beforeAll } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';

let server: AzuriteServer | undefined;
const running = (): AzuriteServer => {
  if (server === undefined) throw new Error('Azurite was not started');
  return server;
};
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server?.stop());

driverConformance(
  'azure driver on Azurite',
  (bucket) => driverPlugin.createDriver(sectionOf(running(), bucket), { env: {}, cwd: '/' }),
  { manyObjects: 10_000, limits: {}, timeout: 400_000 },
);
