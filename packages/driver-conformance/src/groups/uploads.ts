import { setTimeout as wait } from 'node:timers/promises';
import type { StorageDriver, UnfinishedUpload } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import { bytes, expectCode, type GetKit, pattern, readText } from '../kit.js';

/** The two optional methods: a driver without them has neither. */
export function uploadBehaviour(kit: GetKit): void {
  it('listing uploads and aborting them go together', () => {
    const { driver } = kit();
    expect(driver.abortUpload === undefined).toBe(driver.uploads === undefined);
  });

  it('an upload under way is listed below its prefix, if listed at all, and aborting it leaves nothing', async () => {
    const { driver, largeObject } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}folder/done`, bytes('done'));
    const gate = hold();
    async function* body(): AsyncGenerator<Uint8Array> {
      const chunk = 1024 * 1024;
      for (let sent = 0; sent < largeObject; sent += chunk) {
        if (sent * 2 > largeObject) await gate.wait();
        yield pattern(chunk, sent + 1);
      }
    }
    const put = driver.put(`${prefix}folder/object`, body()).then(
      () => 'resolved',
      () => 'rejected',
    );
    await gate.reached;
    const found = await uploadsOf(driver, `${prefix}folder/`);
    for (const upload of found) expect(upload.key.startsWith(`${prefix}folder/`)).toBe(true);
    expect(await uploadsOf(driver, `${prefix}other/`)).toEqual([]);
    // Parts that are on their way when an upload is aborted may arrive after it, and stores ask to abort again then.
    for (let tries = 1; tries <= 10; tries++) {
      for (const upload of found) await driver.abortUpload?.(upload);
      if ((await uploadsOf(driver, `${prefix}folder/`)).length === 0) break;
      await wait(100);
    }
    expect(await uploadsOf(driver, `${prefix}folder/`)).toEqual([]);
    // Again: one that is gone is no error.
    for (const upload of found) await driver.abortUpload?.(upload);
    gate.open();
    expect(await put).toBe(found.length > 0 ? 'rejected' : 'resolved');
    if (found.length > 0) expect(await driver.head(`${prefix}folder/object`)).toBeNull();
    expect(await readText(driver, `${prefix}folder/done`)).toBe('done');
  });

  it('what is finished is no upload', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}object`, bytes('content'));
    expect(await uploadsOf(driver, prefix)).toEqual([]);
  });

  it('a signal that is aborted already rejects with CANCELLED', async () => {
    const { driver } = kit();
    if (!driver.uploads) return;
    await expectCode(uploadsOf(driver, '', AbortSignal.abort()), 'CANCELLED');
  });
}

async function uploadsOf(
  driver: StorageDriver,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  for await (const upload of driver.uploads?.(prefix, { signal }) ?? []) found.push(upload);
  return found;
}

function hold(): { readonly reached: Promise<void>; wait(): Promise<void>; open(): void } {
  let open = (): void => {};
  let arrive = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    reached,
    wait: () => {
      arrive();
      return opened;
    },
    open: () => open(),
  };
}
