import { expect, it } from 'vitest';
import { bytes, expectCode, type GetKit, readText } from '../kit.js';

export function readBehaviour(kit: GetKit): void {
  it('head of an absent key gives null', async () => {
    expect(await kit().driver.head(`${kit().prefix()}absent`)).toBeNull();
  });

  it('head of a folder gives null', async () => {
    const { driver } = kit();
    const folder = `${kit().prefix()}folder`;
    await driver.put(`${folder}/object`, bytes('x'));
    expect(await driver.head(folder)).toBeNull();
  });

  it('get of an absent key rejects with OBJECT_NOT_FOUND', async () => {
    await expectCode(kit().driver.get(`${kit().prefix()}absent`), 'OBJECT_NOT_FOUND');
  });

  it('get of a folder rejects with OBJECT_NOT_FOUND', async () => {
    const { driver } = kit();
    const folder = `${kit().prefix()}folder`;
    await driver.put(`${folder}/object`, bytes('x'));
    await expectCode(driver.get(folder), 'OBJECT_NOT_FOUND');
  });

  it('head, get and list tell the same facts', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    const put = await driver.put(key, bytes('twelve bytes'));
    expect(put).toMatchObject({ key, size: 12 });
    const head = await driver.head(key);
    expect(head).toMatchObject({ key, size: 12 });
    const got = await driver.get(key);
    got.body.destroy();
    expect(got.info).toMatchObject({ key, size: 12 });
    expect(head?.etag).toBe(got.info.etag);
    expect(put.etag).toBe(got.info.etag);
    for await (const entry of driver.list(key)) {
      expect(entry).toMatchObject({ type: 'object', key, size: 12 });
      if (entry.type === 'object' && entry.etag !== undefined) expect(entry.etag).toBe(head?.etag);
    }
  });

  it('etags have no quotes', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('content'));
    expect((await driver.head(key))?.etag ?? '').not.toContain('"');
  });

  it('a body can be thrown away half read, many times', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, new Uint8Array(3_000_000));
    for (let turn = 0; turn < 20; turn += 1) {
      const { body } = await driver.get(key);
      for await (const _chunk of body) break;
    }
    await driver.put(key, bytes('still works'));
    expect(await readText(driver, key)).toBe('still works');
  });
}
