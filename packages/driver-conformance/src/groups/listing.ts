import { compareKeys } from '@milvus-backup/core/driver';
import { beforeAll, expect, it } from 'vitest';
import { bytes, type GetKit, listAll, listKeys } from '../kit.js';

const putsAtOnce = 32;

export function listBehaviour(kit: GetKit): void {
  const putAll = async (keys: readonly string[]): Promise<void> => {
    const queue = keys.values();
    const work = async (): Promise<void> => {
      for (const key of queue) await kit().driver.put(key, bytes(key.slice(-1)));
    };
    await Promise.all(Array.from({ length: putsAtOnce }, work));
  };

  const inOrder = (keys: readonly string[]): readonly string[] =>
    [...keys].sort(kit().limits.treeOrder ? comparePartByPart : compareKeys);

  it('a prefix without objects yields nothing', async () => {
    expect(await listKeys(kit().driver, kit().prefix())).toEqual([]);
  });

  it('keys come in byte order of UTF-8, folders and their neighbours included', async () => {
    const prefix = kit().prefix();
    const names = [
      'a-b',
      'a/b',
      'a.b',
      'a0',
      'a/b0',
      'A',
      'a b',
      '～',
      '😀',
      'é',
      'z',
      'ab/c',
      'ab-c',
      'aa/a/a',
      '~',
    ];
    const keys = names.map((name) => prefix + name);
    await putAll(keys);
    expect(await listKeys(kit().driver, prefix)).toEqual(inOrder(keys));
  });

  it('a prefix takes siblings that begin with it, and nothing else', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await putAll(
      ['back', 'backup/a', 'backup/b', 'backup2/a', 'backup-old', 'bac'].map((key) => prefix + key),
    );
    const under = async (part: string): Promise<readonly string[]> =>
      (await listKeys(driver, prefix + part)).map((key) => key.slice(prefix.length));
    expect(await under('backup/')).toEqual(['backup/a', 'backup/b']);
    expect(await under('backup')).toEqual(inOrder(['backup-old', 'backup/a', 'backup/b', 'backup2/a']));
    expect(await under('backup/a')).toEqual(['backup/a']);
    expect(await under('backup/a/')).toEqual([]);
    expect(await under('backup2/')).toEqual(['backup2/a']);
  });

  it('a delimiter folds folders into one entry each, in order with the objects', async () => {
    const prefix = kit().prefix();
    await putAll(['a/1', 'a/2', 'a/b/3', 'a-b', 'ab', 'z/deep/er/4'].map((key) => prefix + key));
    const entries = await listAll(kit().driver, prefix, { delimiter: '/' });
    expect(entries.map((entry) => [entry.type, entry.type === 'object' ? entry.key : entry.prefix])).toEqual([
      ['object', `${prefix}a-b`],
      ['prefix', `${prefix}a/`],
      ['object', `${prefix}ab`],
      ['prefix', `${prefix}z/`],
    ]);
    expect(await listKeys(kit().driver, `${prefix}a/`, { delimiter: '/' })).toEqual(
      ['a/1', 'a/2', 'a/b/'].map((key) => prefix + key),
    );
    expect(await listKeys(kit().driver, `${prefix}a`, { delimiter: '/' })).toEqual(
      ['a-b', 'a/', 'ab'].map((key) => prefix + key),
    );
    expect(await listKeys(kit().driver, `${prefix}z/de`, { delimiter: '/' })).toEqual([`${prefix}z/deep/`]);
  });

  it('startAfter skips keys up to and including it', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await putAll(['a', 'b/1', 'b/2', 'b/3', 'c', 'd/1'].map((key) => prefix + key));
    const after = async (key: string): Promise<readonly string[]> =>
      (await listKeys(driver, prefix, { startAfter: prefix + key })).map((found) =>
        found.slice(prefix.length),
      );
    expect(await after('b/1')).toEqual(['b/2', 'b/3', 'c', 'd/1']);
    expect(await after('b/11')).toEqual(['b/2', 'b/3', 'c', 'd/1']);
    expect(await after('a')).toEqual(['b/1', 'b/2', 'b/3', 'c', 'd/1']);
    expect(await after('bb')).toEqual(['c', 'd/1']);
    expect(await after('d/1')).toEqual([]);
    expect(await after('zzz')).toEqual([]);
  });

  it('startAfter outside the prefix', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await putAll(['m/1', 'm/2'].map((key) => prefix + key));
    expect(await listKeys(driver, `${prefix}m/`, { startAfter: `${prefix}a` })).toHaveLength(2);
    expect(await listKeys(driver, `${prefix}m/`, { startAfter: `${prefix}z` })).toHaveLength(0);
  });

  it('an emptied folder is gone from the listing', async () => {
    const { driver, limits } = kit();
    const prefix = kit().prefix();
    await putAll(['gone/deep/1', 'stays/1'].map((key) => prefix + key));
    await driver.delete([`${prefix}gone/deep/1`]);
    expect(await listKeys(driver, prefix)).toEqual([`${prefix}stays/1`]);
    const folders = await listKeys(driver, prefix, { delimiter: '/' });
    const kept = limits.keepsEmptyFolders ? [`${prefix}gone/`] : [];
    expect(folders.filter((folder) => !kept.includes(folder))).toEqual([`${prefix}stays/`]);
  });

  it('an object is listed as soon as it is put, and no longer once it is deleted', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    for (let turn = 0; turn < 10; turn += 1) {
      await driver.put(`${prefix}${turn}`, bytes('x'));
      expect(await listKeys(driver, prefix)).toEqual([`${prefix}${turn}`]);
      await driver.delete([`${prefix}${turn}`]);
      expect(await listKeys(driver, prefix)).toEqual([]);
    }
  });

  it('a listing can be left early', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await putAll(['1', '2', '3'].map((key) => prefix + key));
    for await (const entry of driver.list(prefix)) {
      expect(entry).toMatchObject({ key: `${prefix}1` });
      break;
    }
    expect(await listKeys(driver, prefix)).toHaveLength(3);
  });

  describeMany(kit, putAll);
}

function describeMany(kit: GetKit, putAll: (keys: readonly string[]) => Promise<void>): void {
  let prefix = '';
  let keys: readonly string[] = [];
  beforeAll(async () => {
    prefix = kit().prefix();
    keys = Array.from({ length: kit().manyObjects }, (_, index) => `${prefix}${nameOf(index)}`).sort(
      compareKeys,
    );
    await putAll(keys);
  }, 600_000);

  it('many objects come page by page, none lost and none twice', async () => {
    expect(await listKeys(kit().driver, prefix)).toEqual(keys);
  });

  it('many folders come page by page, none lost and none twice', async () => {
    const folders = [...new Set(keys.map((key) => `${key.split('/').slice(0, 2).join('/')}/`))];
    expect(await listKeys(kit().driver, prefix, { delimiter: '/' })).toEqual(folders);
  });

  it('a listing of many goes on after the key where an earlier one stopped', async () => {
    const stop = Math.floor(keys.length / 2);
    const startAfter = keys[stop] ?? '';
    expect(await listKeys(kit().driver, prefix, { startAfter })).toEqual(keys.slice(stop + 1));
  });
}

/** Two objects in each folder, with a name that needs encoding. */
function nameOf(index: number): string {
  return `folder ${String(Math.floor(index / 2)).padStart(6, '0')}/+${index % 2}`;
}

function comparePartByPart(left: string, right: string): number {
  const parts = right.split('/');
  for (const [index, part] of left.split('/').entries()) {
    const order = compareKeys(part, parts[index] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
