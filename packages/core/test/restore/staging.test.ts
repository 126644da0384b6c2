import { expect, test } from 'vitest';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import { removeStaged } from '../../src/restore/staging.js';

test('what was staged goes, also where a listing does not show the last of it yet', async () => {
  const driver = createMemoryDriver();
  for (const key of ['t/a', 't/b', 't/c', 'u/a']) await driver.put(key, Buffer.from('x'));
  const list = driver.list.bind(driver);
  let listings = 0;
  driver.list = async function* (...args) {
    listings += 1;
    for await (const entry of list(...args))
      if (listings > 1 || entry.type !== 'object' || entry.key !== 't/b') yield entry;
  };
  await removeStaged(driver, 't/', silentLogger);
  const left: object[] = [];
  for await (const entry of list('')) left.push(entry);
  expect(left).toMatchObject([{ key: 'u/a' }]);
});
