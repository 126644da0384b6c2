import { expect, it } from 'vitest';
import {
  bytes,
  digest,
  expectCode,
  expectNoUploads,
  type GetKit,
  pattern,
  readAll,
  readText,
} from '../kit.js';

export function copyBehaviour(kit: GetKit): void {
  const unlessItCopies = async (): Promise<boolean> => {
    const { driver } = kit();
    if (driver.capabilities.serverSideCopy) return false;
    const key = `${kit().prefix()}source`;
    await driver.put(key, bytes('x'));
    await expectCode(driver.copyFrom(driver, key, `${key}-copy`), 'UNSUPPORTED');
    expect(await driver.head(`${key}-copy`)).toBeNull();
    return true;
  };

  it('inside one bucket', async () => {
    if (await unlessItCopies()) return;
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}source`, bytes('content'));
    expect(await driver.copyFrom(driver, `${prefix}source`, `${prefix}a/copy`)).toMatchObject({
      key: `${prefix}a/copy`,
      size: 7,
    });
    expect(await readText(driver, `${prefix}a/copy`)).toBe('content');
    expect(await readText(driver, `${prefix}source`)).toBe('content');
  });

  it('across buckets', async () => {
    if (await unlessItCopies()) return;
    const { driver, other } = kit();
    const key = `${kit().prefix()}odd name + % é`;
    await driver.put(key, bytes('content'));
    await other.copyFrom(driver, key, key, { size: 7 });
    expect(await readText(other, key)).toBe('content');
  });

  it('over an existing object', async () => {
    if (await unlessItCopies()) return;
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}source`, bytes('new'));
    await driver.put(`${prefix}target`, bytes('an older, longer content'));
    await driver.copyFrom(driver, `${prefix}source`, `${prefix}target`);
    expect(await readText(driver, `${prefix}target`)).toBe('new');
  });

  it('an empty object', async () => {
    if (await unlessItCopies()) return;
    const { driver, other } = kit();
    const key = `${kit().prefix()}empty`;
    await driver.put(key, new Uint8Array(0));
    expect((await other.copyFrom(driver, key, key)).size).toBe(0);
    expect(await other.head(key)).toMatchObject({ size: 0 });
  });

  it('an absent source rejects with OBJECT_NOT_FOUND', async () => {
    if (await unlessItCopies()) return;
    const { driver } = kit();
    const prefix = kit().prefix();
    await expectCode(driver.copyFrom(driver, `${prefix}absent`, `${prefix}copy`), 'OBJECT_NOT_FOUND');
    await expectCode(
      driver.copyFrom(driver, `${prefix}absent`, `${prefix}copy`, { size: 3 }),
      'OBJECT_NOT_FOUND',
    );
    expect(await driver.head(`${prefix}copy`)).toBeNull();
  });

  it('a source in a missing bucket rejects with BUCKET_NOT_FOUND', async () => {
    if (await unlessItCopies()) return;
    const source = await kit().makeDriver(`${kit().bucket}-absent`);
    const key = `${kit().prefix()}object`;
    await expectCode(kit().driver.copyFrom(source, key, key), 'BUCKET_NOT_FOUND');
    await source.close();
  });

  it('a large object, by ranges where the driver can', async () => {
    if (await unlessItCopies()) return;
    const { driver, other, largeObject } = kit();
    const key = `${kit().prefix()}large`;
    const data = pattern(largeObject + 4321);
    await driver.put(key, data);
    const multipartThreshold = 12 * 1024 * 1024;
    const copied = await other.copyFrom(driver, key, key, { size: data.length, multipartThreshold });
    expect(copied.size).toBe(data.length);
    expect(digest(await readAll(other, key))).toBe(digest(data));
    await expectNoUploads(kit());
  });

  it('many at once', async () => {
    if (await unlessItCopies()) return;
    const { driver, other } = kit();
    const prefix = kit().prefix();
    const keys = Array.from({ length: 60 }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map((key) => driver.put(key, bytes(key))));
    await Promise.all(keys.map((key) => other.copyFrom(driver, key, key)));
    for (const key of keys) expect(await readText(other, key)).toBe(key);
  });
}
