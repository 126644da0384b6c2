import { expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { extrasKey, noExtras, readExtras, writeExtras } from '../../src/meta/extras.js';
import { thrownBy } from '../driver/thrown-by.js';

const loaded = [
  { database: 'default', collection: 'books', replicas: ['__default_resource_group'] },
  { database: 'shop', collection: 'orders', replicas: ['a', 'b'], partitions: ['north'] },
];
const extras = { loaded: new Map(loaded.map((one) => [`${one.database}.${one.collection}`, one])) };

test('what is written is read; nothing to say leaves nothing, also of an earlier run', async () => {
  const driver = createMemoryDriver();
  expect(await readExtras(driver, 'backup', 'b')).toEqual(noExtras);
  await writeExtras(driver, 'backup', 'b', extras);
  expect(extrasKey('backup', 'b')).toBe('backup/b/meta/ts/extras.json');
  expect(await readExtras(driver, 'backup', 'b')).toEqual(extras);
  await writeExtras(driver, 'backup', 'b', noExtras);
  expect(await driver.head(extrasKey('backup', 'b'))).toBeNull();
});

test.each(['{', '{"version":2,"loaded":[]}', '{"version":1,"loaded":[{"database":"a"}]}', '[]'])(
  'another content is told, with the way around it: %s',
  async (text) => {
    const driver = createMemoryDriver();
    await driver.put(extrasKey('backup', 'b'), Buffer.from(text));
    const error = await thrownBy(() => readExtras(driver, 'backup', 'b'));
    expect(error.code).toBe('META_UNREADABLE');
    expect(error.remedy).toContain('--skip_load');
  },
);
