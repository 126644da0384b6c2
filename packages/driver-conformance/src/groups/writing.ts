import { BackupError } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import {
  bytes,
  chunksOf,
  codeOf,
  expectCode,
  expectNoUploads,
  type GetKit,
  pattern,
  readAll,
  readText,
} from '../kit.js';

export function writeBehaviour(kit: GetKit): void {
  it('put then get gives the same bytes', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    const data = pattern(300_000);
    await driver.put(key, data);
    expect(Buffer.compare(await readAll(driver, key), data)).toBe(0);
  });

  it('put replaces an object, and its etag changes', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('a long first content'));
    const before = await driver.head(key);
    await driver.put(key, bytes('second'));
    expect(await readText(driver, key)).toBe('second');
    const after = await driver.head(key);
    expect(after?.size).toBe(6);
    expect(before?.etag === undefined || before.etag !== after?.etag).toBe(true);
  });

  it.each([
    ['from memory', (): Uint8Array => new Uint8Array(0), {}],
    ['from a stream', (): AsyncIterable<Uint8Array> => chunksOf(new Uint8Array(0)), {}],
    [
      'from a stream of known size',
      (): AsyncIterable<Uint8Array> => chunksOf(new Uint8Array(0)),
      { size: 0 },
    ],
  ])('an empty object %s', async (_name, body, options) => {
    const { driver } = kit();
    const key = `${kit().prefix()}empty`;
    expect((await driver.put(key, body(), options)).size).toBe(0);
    expect(await driver.head(key)).toMatchObject({ size: 0 });
    expect((await readAll(driver, key)).length).toBe(0);
  });

  it('a stream of unknown length', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}stream`;
    const data = pattern(1_234_567);
    expect((await driver.put(key, chunksOf(data, 7_001))).size).toBe(data.length);
    expect(Buffer.compare(await readAll(driver, key), data)).toBe(0);
  });

  it('a stream of known length', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}stream`;
    const data = pattern(1_234_567);
    expect((await driver.put(key, chunksOf(data), { size: data.length })).size).toBe(data.length);
    expect(Buffer.compare(await readAll(driver, key), data)).toBe(0);
  });

  it.each([
    ['short', 5, 'one byte more'],
    ['long', 3, 'another content'],
  ])(
    'a body that is too %s rejects with INVALID_ARGUMENT and leaves the key as it was',
    async (name, size, old) => {
      const { driver } = kit();
      const key = `${kit().prefix()}object`;
      await driver.put(key, bytes(old));
      await expectCode(driver.put(key, bytes('four'), { size }), 'INVALID_ARGUMENT');
      await expectCode(driver.put(key, chunksOf(bytes('four'), 1), { size }), 'INVALID_ARGUMENT');
      expect(await readText(driver, key), name).toBe(old);
    },
  );

  it('a body that fails leaves the key as it was', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('old content'));
    await expectCode(driver.put(key, failing(100_000, 3)), 'STORAGE_BUSY');
    expect(await readText(driver, key)).toBe('old content');
    await expectNoUploads(kit());
  });

  it('a body that fails leaves an absent key absent', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await expectCode(driver.put(`${prefix}a/b/object`, failing(100_000, 3)), 'STORAGE_BUSY');
    expect(await driver.head(`${prefix}a/b/object`)).toBeNull();
    for await (const entry of driver.list(prefix)) expect(entry).toBeUndefined();
  });

  it('a large body that fails late leaves the key as it was, and no parts', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('old content'));
    const chunk = 1_000_000;
    await expectCode(driver.put(key, failing(chunk, Math.ceil(largeObject / chunk))), 'STORAGE_BUSY');
    expect(await readText(driver, key)).toBe('old content');
    await expectNoUploads(kit());
  });

  it('a body that fails with a foreign error rejects with a BackupError', async () => {
    const { driver } = kit();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes('some');
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    }
    expect(await codeOf(driver.put(`${kit().prefix()}object`, broken()))).toBe('STORAGE_ERROR');
  });
}

async function* failing(chunk: number, chunks: number): AsyncGenerator<Uint8Array> {
  for (let turn = 0; turn < chunks; turn += 1) yield pattern(chunk, turn + 1);
  throw new BackupError({ code: 'STORAGE_BUSY', message: 'the source of the body failed' });
}
