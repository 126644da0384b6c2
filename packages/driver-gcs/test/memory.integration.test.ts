import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createManagedDriver, type StorageDriver } from '@milvus-backup/core/driver';
import { type GcsServer, gcsAvailable, startGcs } from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionOf } from './sections.js';

const MiB = 1024 * 1024;
/** A few chunks of 16 MiB, and what the collector has not come round to. */
const allowed = 160 * MiB;

describe.runIf(await gcsAvailable())('memory', () => {
  let server: GcsServer;
  let driver: StorageDriver;
  let other: StorageDriver;
  let collectGarbage: () => void;

  beforeAll(async () => {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc');
    server = await startGcs({ buckets: ['memory', 'other'] });
    const open = (bucket: string): StorageDriver =>
      createManagedDriver(driverPlugin.createDriver(sectionOf(server, bucket), { env: {}, cwd: '/' }));
    driver = open('memory');
    other = open('other');
  });
  afterAll(async () => {
    await driver?.close();
    await other?.close();
    await server?.stop();
  });

  it.each([
    ['unknown', 256 * MiB, {}],
    ['known', 256 * MiB, { size: 256 * MiB }],
  ])(
    'a stream of %s length, up, across buckets and down, is never held whole',
    async (name, objectSize, options) => {
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const measure = (): void => {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      };
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < objectSize; sent += MiB) {
          if (sent % (32 * MiB) === 0) measure();
          yield Buffer.alloc(MiB, sent / MiB);
        }
      }
      const { signal } = new AbortController();
      const { checksum } = await driver.put(name, body(), { ...options, signal });
      expect(await other.copyFrom(driver, name, name)).toMatchObject({ size: objectSize, checksum });
      await driver.delete([name]);

      let seen = 0;
      for await (const chunk of (await other.get(name, { signal })).body) {
        if (Math.floor(seen / (32 * MiB)) !== Math.floor((seen + chunk.length) / (32 * MiB))) measure();
        seen += chunk.length;
      }
      expect(seen).toBe(objectSize);
      expect(most).toBeLessThan(allowed);
      await other.delete([name]);
    },
  );
});
