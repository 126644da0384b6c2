import { expect, it } from 'vitest';
import { chunksOf, digest, expectNoUploads, type GetKit, pattern, readAll } from '../kit.js';

export function largeBehaviour(kit: GetKit): void {
  it('a large stream of unknown length', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}large`;
    const data = pattern(largeObject + 17);
    expect((await driver.put(key, chunksOf(data, 1_000_003))).size).toBe(data.length);
    expect((await driver.head(key))?.size).toBe(data.length);
    expect(digest(await readAll(driver, key))).toBe(digest(data));
    await expectNoUploads(kit());
  });

  it('a large stream of known length', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}large`;
    const data = pattern(largeObject, 2);
    await driver.put(key, chunksOf(data), { size: data.length });
    expect(digest(await readAll(driver, key))).toBe(digest(data));
  });

  it('a range across parts of a large object', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}large`;
    const data = pattern(largeObject, 3);
    await driver.put(key, data);
    const range = { offset: Math.floor(largeObject / 3), length: Math.floor(largeObject / 2) };
    const expected = data.subarray(range.offset, range.offset + range.length);
    expect(digest(await readAll(driver, key, { range }))).toBe(digest(expected));
  });

  it('a chunk larger than any part', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}large`;
    const data = pattern(largeObject, 4);
    await driver.put(key, chunksOf(data, data.length));
    expect(digest(await readAll(driver, key))).toBe(digest(data));
  });
}
