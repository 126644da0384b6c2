import { createMemoryDriver, type MemoryStore, type StorageDriver } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { type GoldenName, readGolden } from './harness/golden.js';
import { openInMemory } from './harness/memory-service.js';

const names: readonly GoldenName[] = ['b1', 'e1', 'mo', 'old4'];

describe('a copy of a backup that the Go tool wrote', () => {
  it.each(names)('%s is that backup byte for byte, and under another name but for the name', async (name) => {
    const { objects } = await readGolden(name);
    const store: MemoryStore = new Map();
    const [near, far] = ['near', 'far'].map((bucket) => createMemoryDriver({ store, bucket }));
    if (!near || !far) throw new Error('two stores');
    for (const [key, bytes] of objects) await near.put(`backup/${name}/${key}`, bytes);
    const service = await openInMemory(store);
    await service.copy({ name, to: 'far' });
    expect(await read(far, `copies/${name}/`)).toEqual(asBase64(objects));

    await service.copy({ name, to: 'far', as: 'renamed' });
    const wanted = new Map(objects);
    for (const file of ['meta/full_meta.json', 'meta/backup_meta.json']) {
      const text = objects.get(file)?.toString('utf8') ?? '';
      // The first name in both files is that of the backup: it stands before all lists.
      wanted.set(file, Buffer.from(text.replace(`"name":"${name}"`, '"name":"renamed"')));
    }
    expect(await read(far, 'copies/renamed/')).toEqual(asBase64(wanted));
    expect((await service.copy({ name, to: 'far' })).copy?.objectsCopied).toBe(0);
  });
});

const asBase64 = (objects: ReadonlyMap<string, Buffer>): Map<string, string> =>
  new Map([...objects].map(([key, bytes]) => [key, bytes.toString('base64')]));

async function read(driver: StorageDriver, folder: string): Promise<Map<string, string>> {
  const found = new Map<string, Buffer>();
  for await (const entry of driver.list(folder)) {
    if (entry.type !== 'object' || entry.key.startsWith(`${folder}meta/ts/`)) continue;
    const parts: Uint8Array[] = [];
    for await (const part of (await driver.get(entry.key)).body) parts.push(part as Uint8Array);
    found.set(entry.key.slice(folder.length), Buffer.concat(parts));
  }
  return asBase64(found);
}
