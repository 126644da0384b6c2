import { expect, it } from 'vitest';
import { bytes, type GetKit, listKeys } from '../kit.js';

export function deleteBehaviour(kit: GetKit): void {
  it('an empty list does nothing', async () => {
    await kit().driver.delete([]);
  });

  it('an absent key is no error', async () => {
    await kit().driver.delete([`${kit().prefix()}absent`, `${kit().prefix()}absent/too`]);
  });

  it('absent keys among present ones', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}a`, bytes('x'));
    await driver.put(`${prefix}c/d`, bytes('x'));
    await driver.put(`${prefix}kept`, bytes('x'));
    await driver.delete([`${prefix}a`, `${prefix}b`, `${prefix}c/d`, `${prefix}c/e`]);
    expect(await listKeys(driver, prefix)).toEqual([`${prefix}kept`]);
  });

  it('the same key twice', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}a`, bytes('x'));
    await driver.delete([`${prefix}a`, `${prefix}a`]);
    await driver.delete([`${prefix}a`]);
    expect(await listKeys(driver, prefix)).toEqual([]);
  });

  it('a folder is not deleted with its name', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}folder/a`, bytes('x'));
    await driver.delete([`${prefix}folder`]);
    expect(await listKeys(driver, prefix)).toEqual([`${prefix}folder/a`]);
  });

  it('more keys than one batch holds', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}first`, bytes('x'));
    await driver.put(`${prefix}last`, bytes('x'));
    const absent = Array.from({ length: 1500 }, (_, index) => `${prefix}absent-${index}`);
    await driver.delete([`${prefix}first`, ...absent, `${prefix}last`]);
    expect(await listKeys(driver, prefix)).toEqual([]);
  });
}
