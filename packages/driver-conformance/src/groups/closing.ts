import { expect, it } from 'vitest';
import { bytes, expectCode, type GetKit, listAll, readText } from '../kit.js';

export function closeBehaviour(kit: GetKit): void {
  it('after close every method rejects with DRIVER_CLOSED', async () => {
    const driver = await kit().makeDriver();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('content'));
    await driver.close();
    await expectCode(driver.head(key), 'DRIVER_CLOSED');
    await expectCode(driver.get(key), 'DRIVER_CLOSED');
    await expectCode(driver.put(key, bytes('x')), 'DRIVER_CLOSED');
    await expectCode(driver.copyFrom(kit().driver, key, `${key}2`), 'DRIVER_CLOSED');
    await expectCode(driver.delete([key]), 'DRIVER_CLOSED');
    await expectCode(listAll(driver, ''), 'DRIVER_CLOSED');
    await expectCode(driver.bucketExists(), 'DRIVER_CLOSED');
    await expectCode(driver.createBucket(), 'DRIVER_CLOSED');
    expect(await readText(kit().driver, key)).toBe('content');
  });

  it('a second close does nothing', async () => {
    const driver = await kit().makeDriver();
    await driver.close();
    await driver.close();
  });

  it('close of a driver that was never used', async () => {
    const driver = await kit().makeDriver(`${kit().bucket}-absent`);
    await driver.close();
    await expectCode(driver.head('key'), 'DRIVER_CLOSED');
  });

  it('closing one driver leaves the others working', async () => {
    const driver = await kit().makeDriver();
    await driver.close();
    expect(await kit().driver.bucketExists()).toBe(true);
  });
}
