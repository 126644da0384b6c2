import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StorageDriver } from '@milvus-backup/core/driver';
import { type AzuriteServer, startAzurite } from '@milvus-backup/test-support';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';

const MiB = 1024 * 1024;
const objectSize = 256 * MiB;
/** A few blocks of 8 MiB, and what the collector has not come round to. */
const allowed = 128 * MiB;

let server: AzuriteServer;
let driver: StorageDriver;
let collectGarbage: () => void;

beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc');
  server = await startAzurite({ containers: ['memory'] });
  driver = driverPlugin.createDriver(sectionOf(server, 'memory'), { env: {}, cwd: '/' });
});
afterAll(async () => {
  await driver?.close();
  await server?.stop();
});

it('a stream of unknown length, up and down, is never held whole', async () => {
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const measure = (): void => {
    collectGarbage();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  };
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < objectSize; sent += MiB) {
      if (sent % (16 * MiB) === 0) measure();
      yield Buffer.alloc(MiB, sent / MiB);
    }
  }
  await driver.put('large', body());
  expect(most).toBeLessThan(allowed);

  let seen = 0;
  let next = 16 * MiB;
  for await (const chunk of (await driver.get('large')).body) {
    seen += chunk.length;
    if (seen < next) continue;
    measure();
    next += 16 * MiB;
  }
  expect(seen).toBe(objectSize);
  expect(most).toBeLessThan(allowed);
});
