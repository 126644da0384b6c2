import type { StorageDriver } from '@milvus-backup/core/driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytes, chunksOf, expectCode, type GetKit, listAll, readText } from '../kit.js';

export function bucketBehaviour(kit: GetKit): void {
  let absent: StorageDriver | undefined;
  const missing = (): StorageDriver => {
    if (absent === undefined) throw new Error('the group has not begun');
    return absent;
  };
  beforeAll(async () => {
    absent = await kit().makeDriver(`${kit().bucket}-absent`);
  });
  afterAll(async () => {
    await absent?.close();
  });

  it('a bucket that is there exists', async () => {
    expect(await kit().driver.bucketExists()).toBe(true);
  });

  it('a bucket that is not there does not', async () => {
    expect(await missing().bucketExists()).toBe(false);
  });

  it('in a missing bucket every other method rejects with BUCKET_NOT_FOUND', async () => {
    await expectCode(missing().head('key'), 'BUCKET_NOT_FOUND');
    await expectCode(missing().get('key'), 'BUCKET_NOT_FOUND');
    await expectCode(missing().put('key', bytes('x')), 'BUCKET_NOT_FOUND');
    await expectCode(missing().put('a/key', chunksOf(bytes('x'))), 'BUCKET_NOT_FOUND');
    await expectCode(missing().delete(['key']), 'BUCKET_NOT_FOUND');
    await expectCode(listAll(missing(), ''), 'BUCKET_NOT_FOUND');
    await expectCode(listAll(missing(), 'a/b/'), 'BUCKET_NOT_FOUND');
    expect(await missing().bucketExists()).toBe(false);
  });

  it('createBucket makes it, and again is no error', async () => {
    const driver = await kit().makeDriver(`${kit().bucket}-made`);
    expect(await driver.bucketExists()).toBe(false);
    await driver.createBucket();
    expect(await driver.bucketExists()).toBe(true);
    await driver.put('key', bytes('kept'));
    await driver.createBucket();
    expect(await readText(driver, 'key')).toBe('kept');
    await driver.delete(['key']);
    expect(await driver.bucketExists()).toBe(true);
    await driver.close();
  });

  it('buckets do not see each other', async () => {
    const { driver, other } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('one'));
    expect(await other.head(key)).toBeNull();
    expect(await listAll(other, key)).toEqual([]);
  });
}
