import { isBackupError } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import { chunksOf, type GetKit, listKeys, readAll } from '../kit.js';

const writers = 12;
const size = 400_000;

export function concurrencyBehaviour(kit: GetKit): void {
  it('writers of one key: one of them wins as a whole', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    const write = (index: number): Promise<unknown> =>
      driver.put(key, chunksOf(new Uint8Array(size).fill(index + 1), 10_000));
    await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
    expectWhole(await readAll(driver, key));
    expect(await listKeys(driver, key)).toEqual([key]);
  });

  it('readers during a write see the old or the new object, never a part', async () => {
    const { driver, limits } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, new Uint8Array(size).fill(1));
    const readWhole = async (): Promise<void> => {
      let data: Uint8Array;
      try {
        data = await readAll(driver, key);
      } catch (error) {
        if (limits.readFailsOnReplace && isBackupError(error)) return;
        throw error;
      }
      expectWhole(data);
    };
    let writing = true;
    const read = async (): Promise<void> => {
      while (writing) {
        await readWhole();
        // A driver in memory would never let the writer have its turn.
        await new Promise(setImmediate);
      }
    };
    const readers = Promise.all([read(), read(), read()]);
    try {
      for (let turn = 2; turn < 12; turn += 1) {
        await driver.put(key, chunksOf(new Uint8Array(size).fill(turn), 50_000));
      }
    } finally {
      writing = false;
    }
    await readers;
    expectWhole(await readAll(driver, key));
  });

  it('writes and deletes in one folder do not disturb each other', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    const cycle = async (index: number): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) {
        await driver.put(`${prefix}folder/deep/${index}`, new Uint8Array([index]));
        await driver.delete([`${prefix}folder/deep/${index}`]);
      }
      await driver.put(`${prefix}folder/deep/${index}`, new Uint8Array([index]));
    };
    await Promise.all(Array.from({ length: writers }, (_, index) => cycle(index)));
    expect(await listKeys(driver, prefix)).toHaveLength(writers);
  });
}

function expectWhole(data: Uint8Array): void {
  expect(data.length).toBe(size);
  expect(new Set(data).size).toBe(1);
}
