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

const writers = 16;

export function conditionBehaviour(kit: GetKit): void {
  it('get with the etag it has', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('content'));
    const etag = (await driver.head(key))?.etag ?? '';
    expect(Buffer.from(await readAll(driver, key, { ifMatch: etag })).toString()).toBe('content');
    const part = await readAll(driver, key, { ifMatch: etag, range: { offset: 3, length: 2 } });
    expect(Buffer.from(part).toString()).toBe('te');
  });

  it('get with another etag rejects with PRECONDITION_FAILED', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('content'));
    const etag = (await driver.head(key))?.etag ?? '';
    await driver.put(key, bytes('changed'));
    await expectCode(driver.get(key, { ifMatch: etag }), 'PRECONDITION_FAILED');
    await expectCode(driver.get(key, { ifMatch: etag, range: { offset: 1 } }), 'PRECONDITION_FAILED');
  });

  it('put only when absent', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    if (!driver.capabilities.conditionalPut) {
      await expectCode(driver.put(key, bytes('x'), { ifNoneMatch: '*' }), 'UNSUPPORTED');
      expect(await driver.head(key)).toBeNull();
      return;
    }
    await driver.put(key, bytes('first'), { ifNoneMatch: '*' });
    await expectCode(driver.put(key, bytes('second'), { ifNoneMatch: '*' }), 'PRECONDITION_FAILED');
    expect(await readText(driver, key)).toBe('first');
    await driver.delete([key]);
    await driver.put(key, bytes('third'), { ifNoneMatch: '*' });
    expect(await readText(driver, key)).toBe('third');
  });

  it('put only when absent, of a large stream', async () => {
    const { driver } = kit();
    if (!driver.capabilities.conditionalPut) return expectUnsupported(kit);
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('first'));
    const large = pattern(Math.floor(kit().largeObject / 2));
    await expectCode(driver.put(key, chunksOf(large), { ifNoneMatch: '*' }), 'PRECONDITION_FAILED');
    expect(await readText(driver, key)).toBe('first');
    await expectNoUploads(kit());
    await driver.put(`${key}-new`, chunksOf(large), { ifNoneMatch: '*' });
    expect((await driver.head(`${key}-new`))?.size).toBe(large.length);
  });

  it(`of ${writers} that put at once when absent, one wins`, async () => {
    const { driver } = kit();
    if (!driver.capabilities.conditionalPut) return expectUnsupported(kit);
    for (let round = 0; round < 5; round += 1) {
      const key = `${kit().prefix()}lease`;
      const codes = await Promise.all(
        Array.from({ length: writers }, (_, index) =>
          codeOf(driver.put(key, bytes(`writer ${index}`), { ifNoneMatch: '*' })),
        ),
      );
      expect(codes.filter((code) => code === 'resolved')).toHaveLength(1);
      expect(codes.filter((code) => code === 'PRECONDITION_FAILED')).toHaveLength(writers - 1);
      expect(await readText(driver, key)).toBe(`writer ${codes.indexOf('resolved')}`);
    }
  });
}

async function expectUnsupported(kit: GetKit): Promise<void> {
  const body = chunksOf(bytes('x'));
  await expectCode(kit().driver.put(`${kit().prefix()}x`, body, { ifNoneMatch: '*' }), 'UNSUPPORTED');
}
