import { expect, it } from 'vitest';
import { bytes, codeOf, expectCode, type GetKit, listKeys, readText } from '../kit.js';
import { oddNames } from '../odd-names.js';
import type { DriverLimits } from '../options.js';

export function keyBehaviour(kit: GetKit): void {
  it.each(oddNames)('the name "%s"', async (name) => {
    const { driver, limits } = kit();
    const key = `${kit().prefix()}${name}`;
    if (limits.refusedNames?.includes(name)) {
      await expectCode(driver.put(key, bytes(name)), 'INVALID_KEY');
      return;
    }
    await driver.put(key, bytes(name));
    expect(await driver.head(key)).toMatchObject({ key, size: Buffer.byteLength(name) });
    expect(await readText(driver, key)).toBe(name);
    expect(await listKeys(driver, key)).toEqual([key]);
    if (driver.capabilities.serverSideCopy) {
      await driver.copyFrom(driver, key, `${key}/copy`.replace(name, `${name}2`));
      expect(await readText(driver, `${key}2/copy`)).toBe(name);
    }
    await driver.delete([key]);
    expect(await driver.head(key)).toBeNull();
  });

  it('odd names also work as folders', async () => {
    const { driver, limits } = kit();
    const prefix = kit().prefix();
    const names = oddNames.filter((name) => !limits.refusedNames?.includes(name));
    for (const name of names) await driver.put(`${prefix}${name}/object`, bytes(name));
    for (const name of names) {
      expect(await readText(driver, `${prefix}${name}/object`)).toBe(name);
      expect(await listKeys(driver, `${prefix}${name}/`)).toEqual([`${prefix}${name}/object`]);
    }
    await driver.delete(names.map((name) => `${prefix}${name}/object`));
    expect(await listKeys(driver, prefix)).toEqual([]);
  });

  it('names that differ only in case or in Unicode form are different objects', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    const names = ['Name', 'name', 'caf\u00e9', 'cafe\u0301'];
    for (const name of names) await driver.put(prefix + name, bytes(name));
    for (const name of names) expect(await readText(driver, prefix + name)).toBe(name);
  });

  it('a key of 1024 bytes', async () => {
    const { driver } = kit();
    const part = `${'k'.repeat(100)}/`;
    const key = (kit().prefix() + part.repeat(11)).slice(0, 1023).concat('z');
    await driver.put(key, bytes('long'));
    expect(await readText(driver, key)).toBe('long');
    expect(await listKeys(driver, key)).toEqual([key]);
  });

  it('a part of a key of 255 bytes, and one byte more as far as the store goes', async () => {
    const { driver, limits } = kit();
    const prefix = kit().prefix();
    const longest = limits.keyPartBytes ?? 900;
    await driver.put(`${prefix}${'p'.repeat(Math.min(255, longest))}`, bytes('x'));
    const longer = `${prefix}${'q'.repeat(longest)}`;
    await driver.put(longer, bytes('x'));
    if (limits.keyPartBytes !== undefined) {
      const past = longer + 'q'.repeat(1 + (limits.keyPartSlack ?? 0));
      await expectRefused(driver.put(past, bytes('x')), limits);
    }
  });

  it.each([
    '',
    '/leading',
    'a//b',
    '../up',
    'a/../b',
    './a',
    'a/.',
    'nul\0',
    'back\\slash',
    'line\nbreak',
    'x'.repeat(1025),
  ])('the key %j rejects with INVALID_KEY', async (key) => {
    const { driver } = kit();
    await expectCode(driver.put(key, bytes('x')), 'INVALID_KEY');
    await expectCode(driver.get(key), 'INVALID_KEY');
    await expectCode(driver.head(key), 'INVALID_KEY');
    await expectCode(driver.delete([key]), 'INVALID_KEY');
  });

  it('an object beside a folder of its name', async () => {
    const { driver, limits } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}a/b`, bytes('inside'));
    await driver.put(`${prefix}c`, bytes('beside'));
    if (limits.noObjectBesideFolder) {
      await expectRefused(driver.put(`${prefix}a`, bytes('x')), limits);
      await expectRefused(driver.put(`${prefix}c/d`, bytes('x')), limits);
      expect(await listKeys(driver, prefix)).toEqual([`${prefix}a/b`, `${prefix}c`]);
      return;
    }
    await driver.put(`${prefix}a`, bytes('beside'));
    await driver.put(`${prefix}c/d`, bytes('inside'));
    expect(await readText(driver, `${prefix}a`)).toBe('beside');
    expect(await readText(driver, `${prefix}a/b`)).toBe('inside');
    expect(await listKeys(driver, prefix)).toEqual(['a', 'a/b', 'c', 'c/d'].map((key) => prefix + key));
  });

  it('a name is free again once everything below it is deleted', async () => {
    const { driver, limits } = kit();
    const name = `${kit().prefix()}name`;
    await driver.put(`${name}/below/object`, bytes('x'));
    await driver.delete([`${name}/below/object`]);
    if (limits.emptiedFolderBlocksName) {
      await expectRefused(driver.put(name, bytes('x')), limits);
      expect(await driver.head(name)).toBeNull();
      return;
    }
    await driver.put(name, bytes('reused'));
    expect(await readText(driver, name)).toBe('reused');
  });
}

async function expectRefused(call: Promise<unknown>, limits: DriverLimits): Promise<void> {
  const code = await codeOf(call);
  if (limits.unexplainedRefusals) expect(code).toMatch(/^(INVALID_KEY|STORAGE_[A-Z]+)$/);
  else expect(code).toBe('INVALID_KEY');
}
