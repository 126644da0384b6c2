import { type BackupService, verifyLevels } from '@milvus-backup/core';
import { createMemoryDriver, type MemoryStore, type StorageDriver } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { type Golden, type GoldenName, readGolden } from './harness/golden.js';
import { openInMemory } from './harness/memory-service.js';

const names: readonly GoldenName[] = ['b1', 'e1', 'mo', 'old4'];

async function load(name: GoldenName): Promise<{
  readonly golden: Golden;
  readonly driver: StorageDriver;
  readonly service: BackupService;
}> {
  const store: MemoryStore = new Map();
  const driver = createMemoryDriver({ store, bucket: 'near' });
  const golden = await readGolden(name);
  for (const [key, bytes] of golden.objects) await driver.put(`backup/${name}/${key}`, bytes);
  return { golden, driver, service: await openInMemory(store) };
}

describe('a backup that the Go tool wrote', () => {
  it.each(names)('%s is found whole at every level', async (name) => {
    const { golden, service } = await load(name);
    const logs = [...golden.objects.keys()].filter((key) => key.startsWith('binlogs/'));
    for (const level of verifyLevels) {
      const report = await service.verify({ name, level });
      expect(report, level).toMatchObject({ ok: true, manifest: 'absent', problems: [] });
      const { objects, objectsRead, objectsDecoded } = report.counts;
      if (level !== 'meta') expect(objects, level).toBe(logs.length);
      if (level === 'read') expect(objectsRead).toBe(logs.length);
      if (level === 'decode') expect(objectsDecoded).toBe(logs.length);
    }
    expect((await service.verify({ name, level: 'exists' })).counts.collections).toBe(
      golden.meta.collection_backups.length,
    );
  });

  it.each(names)('%s: a metadata file that is missing is named', async (name) => {
    const { golden, driver, service } = await load(name);
    for (const file of ['full', 'collection', 'partition', 'segment']) {
      const key = `meta/${file}_meta.json`;
      await driver.delete([`backup/${name}/${key}`]);
      const { problems } = await service.verify({ name, level: 'meta' });
      expect(problems.map((one) => one.key)).toContain(key);
      await driver.put(`backup/${name}/${key}`, golden.objects.get(key) ?? Buffer.alloc(0));
    }
    expect((await service.verify({ name, level: 'meta' })).problems).toEqual([]);
  });

  it.each(['e1', 'old4'] as const)('%s: what is damaged is named', async (name) => {
    const { golden, driver, service } = await load(name);
    const logs = [...golden.objects.keys()].filter((key) => key.startsWith('binlogs/insert_log/')).sort();
    const [first = '', second = '', third = ''] = logs;
    await driver.delete([`backup/${name}/${first}`]);
    // In the frame of the one, and in the directory at the end of the other: values in between have no checksum of their own.
    for (const [key, at] of [
      [second, 2],
      [third, -5],
    ] as const) {
      const bytes = Buffer.from(golden.objects.get(key) ?? Buffer.alloc(0));
      const place = at < 0 ? bytes.length + at : at;
      bytes.writeUInt8(bytes.readUInt8(place) ^ 0xff, place);
      await driver.put(`backup/${name}/${key}`, bytes);
    }
    const exists = await service.verify({ name, level: 'exists' });
    expect(exists.problems.map(({ key }) => key)).toContain(first);
    const decoded = await service.verify({ name, level: 'decode' });
    expect(decoded.problems.map(({ key }) => key)).toEqual(expect.arrayContaining([first, second, third]));
  });
});
