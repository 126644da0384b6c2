import { beforeAll, expect, it } from 'vitest';
import { bytes, expectCode, type GetKit, readAll } from '../kit.js';

export function rangeBehaviour(kit: GetKit): void {
  const text = '0123456789';
  let key = '';
  beforeAll(async () => {
    key = `${kit().prefix()}object`;
    await kit().driver.put(key, bytes(text));
  });
  const read = async (range: { offset: number; length?: number }): Promise<string> =>
    Buffer.from(await readAll(kit().driver, key, { range })).toString();

  it.each([
    ['from the start', { offset: 0, length: 4 }, '0123'],
    ['in the middle', { offset: 3, length: 4 }, '3456'],
    ['without a length up to the end', { offset: 7 }, '789'],
    ['of one byte', { offset: 9, length: 1 }, '9'],
    ['of everything', { offset: 0, length: 10 }, text],
    ['that ends past the end is cut', { offset: 8, length: 100 }, '89'],
    ['of no bytes gives none', { offset: 5, length: 0 }, ''],
  ])('a range %s', async (_name, range, expected) => {
    expect(await read(range)).toBe(expected);
  });

  it('a range that starts at the end rejects with INVALID_ARGUMENT', async () => {
    await expectCode(kit().driver.get(key, { range: { offset: 10, length: 1 } }), 'INVALID_ARGUMENT');
  });

  it('a range that starts past the end rejects with INVALID_ARGUMENT', async () => {
    await expectCode(kit().driver.get(key, { range: { offset: 11 } }), 'INVALID_ARGUMENT');
  });

  it('a range of an absent key rejects with OBJECT_NOT_FOUND', async () => {
    const absent = `${kit().prefix()}absent`;
    await expectCode(kit().driver.get(absent, { range: { offset: 0, length: 1 } }), 'OBJECT_NOT_FOUND');
    await expectCode(kit().driver.get(absent, { range: { offset: 0, length: 0 } }), 'OBJECT_NOT_FOUND');
  });

  it('the info of a range has the size of the whole object', async () => {
    const { body, info } = await kit().driver.get(key, { range: { offset: 2, length: 3 } });
    body.destroy();
    expect(info.size).toBe(10);
  });
}
