import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm, StorageDriver } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import { bytes, chunksOf, expectCode, type GetKit, readText } from '../kit.js';

export function capabilityBehaviour(kit: GetKit): void {
  it('the driver has a name', () => {
    expect(kit().driver.name).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  it('a batch of deletes holds at least one key', () => {
    const size = kit().driver.capabilities.deleteBatchSize ?? 1;
    expect(Number.isInteger(size) && size >= 1).toBe(true);
  });

  it('copying by ranges needs copying', () => {
    const { serverSideCopy, multipartCopy } = kit().driver.capabilities;
    expect(multipartCopy === true && serverSideCopy !== true).toBe(false);
  });

  it('copying from another kind of driver rejects with UNSUPPORTED', async () => {
    const foreign = foreignDriver();
    const key = `${kit().prefix()}object`;
    await expectCode(kit().driver.copyFrom(foreign, 'any', key), 'UNSUPPORTED');
    expect(await kit().driver.head(key)).toBeNull();
  });

  it('checksums are those of the content, or absent when none is declared', async () => {
    const { driver } = kit();
    const declared = driver.capabilities.checksum;
    const content = bytes('the quick brown fox');
    const first = `${kit().prefix()}object`;
    const second = `${kit().prefix()}object`;
    const other = `${kit().prefix()}object`;
    await driver.put(first, content);
    await driver.put(second, content);
    await driver.put(other, bytes('another content'));
    const checksum = async (key: string): Promise<unknown> => (await driver.head(key))?.checksum;
    if (declared === undefined) {
      expect(await checksum(first)).toBeUndefined();
      return;
    }
    expect(await checksum(first)).toMatchObject({ algorithm: declared });
    expect(await checksum(first)).toEqual(await checksum(second));
    expect(await checksum(first)).not.toEqual(await checksum(other));
    const expected = compute(declared, content);
    if (expected !== undefined) expect(await checksum(first)).toMatchObject({ value: expected });
  });
}

export function md5Behaviour(kit: GetKit): void {
  it('an MD5 that is known before is held against the content where that is declared, and passed over elsewhere', async () => {
    const { driver } = kit();
    const content = bytes('the quick brown fox');
    const md5 = md5Of(content);
    const other = md5Of(bytes('another content'));
    const size = content.byteLength;
    const bodies = { memory: () => content, stream: () => chunksOf(content) };
    for (const body of Object.values(bodies)) {
      const key = `${kit().prefix()}object`;
      await driver.put(key, bytes('before'));
      const wrong = driver.put(key, body(), { size, md5: other });
      if (driver.capabilities.md5Put) {
        await expectCode(wrong, 'CHECKSUM_MISMATCH');
        expect(await readText(driver, key)).toBe('before');
      } else {
        expect((await wrong).size).toBe(size);
      }
      expect((await driver.put(key, body(), { size, md5 })).size).toBe(size);
      expect(await readText(driver, key)).toBe('the quick brown fox');
    }
  });
}

const md5Of = (content: Uint8Array): string => createHash('md5').update(content).digest('base64');

/** Base64, as stores give it; the two that Node cannot compute are compared between objects only. */
function compute(algorithm: ChecksumAlgorithm, content: Uint8Array): string | undefined {
  if (algorithm === 'md5') return md5Of(content);
  if (algorithm !== 'crc32') return undefined;
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(content));
  return value.toString('base64');
}

function foreignDriver(): StorageDriver {
  const never = (): never => {
    throw new Error('a driver of another kind must not be called');
  };
  return {
    name: 'foreign',
    capabilities: {},
    head: never,
    get: never,
    put: never,
    copyFrom: never,
    delete: never,
    list: never,
    bucketExists: never,
    createBucket: never,
    close: never,
  };
}
