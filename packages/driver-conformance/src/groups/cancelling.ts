import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { StorageDriver } from '@milvus-backup/core/driver';
import { expect, it } from 'vitest';
import {
  bytes,
  codeOf,
  expectCode,
  expectNoUploads,
  type GetKit,
  listAll,
  listKeys,
  pattern,
  readText,
} from '../kit.js';

/** Calls under way when one signal stops them all. */
const callsAtOnce = 48;

export function cancelBehaviour(kit: GetKit): void {
  it('a signal that is aborted already: every method rejects with CANCELLED and does nothing', async () => {
    const { driver, other } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}object`, bytes('content'));
    const signal = AbortSignal.abort();
    const key = `${prefix}new`;
    await expectCode(driver.head(`${prefix}object`, { signal }), 'CANCELLED');
    await expectCode(driver.get(`${prefix}object`, { signal }), 'CANCELLED');
    await expectCode(driver.put(key, bytes('x'), { signal }), 'CANCELLED');
    await expectCode(driver.delete([`${prefix}object`], { signal }), 'CANCELLED');
    await expectCode(listAll(driver, prefix, { signal }), 'CANCELLED');
    await expectCode(driver.bucketExists({ signal }), 'CANCELLED');
    await expectCode(driver.createBucket({ signal }), 'CANCELLED');
    await expectCode(driver.copyFrom(other, `${prefix}object`, key, { signal }), 'CANCELLED');
    expect(await driver.head(key)).toBeNull();
    expect(await readText(driver, `${prefix}object`)).toBe('content');
  });

  it('the reason of the signal is the error when it is one of ours', async () => {
    const { driver } = kit();
    const reason = await driver.get(`${kit().prefix()}absent`).then(
      () => undefined,
      (error: unknown) => error,
    );
    const call = driver.head('any', { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
  });

  it('a put aborted midway leaves the key as it was, and no parts', async () => {
    const { driver, largeObject } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, bytes('old content'));
    const controller = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      const chunk = 1024 * 1024;
      for (let sent = 0; sent < largeObject; sent += chunk) {
        if (sent * 2 > largeObject) controller.abort();
        yield pattern(chunk, sent + 1);
      }
    }
    await expectCode(driver.put(key, body(), { signal: controller.signal }), 'CANCELLED');
    expect(await readText(driver, key)).toBe('old content');
    await expectNoUploads(kit());
  });

  it('a put aborted while its body hangs', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    const controller = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytes('some');
      setImmediate(() => controller.abort());
      await new Promise(() => undefined);
    }
    await expectCode(driver.put(key, body(), { signal: controller.signal }), 'CANCELLED');
    expect(await driver.head(key)).toBeNull();
  });

  it('a get aborted midway fails its stream with CANCELLED', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, pattern(8 * 1024 * 1024));
    const controller = new AbortController();
    const { body } = await driver.get(key, { signal: controller.signal });
    const read = async (): Promise<void> => {
      for await (const _chunk of body) controller.abort();
    };
    await expectCode(read(), 'CANCELLED');
    expect(body.destroyed).toBe(true);
  });

  it('a get aborted before it is read fails its stream with CANCELLED', async () => {
    const { driver } = kit();
    const key = `${kit().prefix()}object`;
    await driver.put(key, pattern(8 * 1024 * 1024));
    const controller = new AbortController();
    const { body } = await driver.get(key, { signal: controller.signal });
    controller.abort();
    await expectCode(body.toArray(), 'CANCELLED');
  });

  it('a listing aborted midway rejects with CANCELLED', async () => {
    const { driver } = kit();
    const prefix = kit().prefix();
    await Promise.all(['1', '2', '3'].map((name) => driver.put(prefix + name, bytes('x'))));
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _entry of driver.list(prefix, { signal: controller.signal })) controller.abort();
    };
    await expectCode(read(), 'CANCELLED');
  });

  it('a copy aborted midway is done or undone, and leaves no parts', async () => {
    const { driver, largeObject } = kit();
    const prefix = kit().prefix();
    await driver.put(`${prefix}source`, pattern(largeObject));
    for (const turns of [0, 1, 5, 20]) {
      const key = `${prefix}copy-${turns}`;
      const code = await codeOf(copyAborted(driver, `${prefix}source`, key, largeObject, turns));
      if (driver.capabilities.serverSideCopy) expect(['resolved', 'CANCELLED']).toContain(code);
      else expect(['UNSUPPORTED', 'CANCELLED']).toContain(code);
      expect((await driver.head(key))?.size ?? 0).toBe(code === 'resolved' ? largeObject : 0);
    }
    await expectNoUploads(kit());
  });

  it('many calls aborted at once: nothing appears after they have settled', async () => {
    const { driver, settling } = kit();
    const prefix = kit().prefix();
    const source = `${prefix}source`;
    await driver.put(source, pattern(100_000));
    const controller = new AbortController();
    const { signal } = controller;
    setMaxListeners(0, signal);
    const turns = Array.from({ length: callsAtOnce }, (_, turn) => turn);
    const copies = turns.map((turn) =>
      driver.copyFrom(driver, source, `${prefix}copy-${turn}`, { signal, size: 100_000 }),
    );
    const puts = turns.map((turn) => driver.put(`${prefix}put-${turn}`, pattern(10_000), { signal }));
    const codes = Promise.all([...copies, ...puts].map(codeOf));
    await Promise.race(puts);
    controller.abort();
    const refused = driver.capabilities.serverSideCopy ? [] : ['UNSUPPORTED'];
    for (const code of await codes) expect(['resolved', 'CANCELLED', ...refused]).toContain(code);
    const keys = await listKeys(driver, prefix);
    await wait(settling);
    expect(await listKeys(driver, prefix)).toEqual(keys);
    await expectNoUploads(kit());
  });
}

async function copyAborted(
  driver: StorageDriver,
  source: string,
  key: string,
  size: number,
  turns: number,
): Promise<void> {
  const controller = new AbortController();
  const copy = driver.copyFrom(driver, source, key, {
    size,
    multipartThreshold: 11 * 1024 * 1024,
    signal: controller.signal,
  });
  const settled = copy.then(
    () => undefined,
    () => undefined,
  );
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
  controller.abort();
  await settled;
  await copy;
}
