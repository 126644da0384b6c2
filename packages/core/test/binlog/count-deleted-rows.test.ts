import { describe, expect, it } from 'vitest';
import { createDeleteIndex } from '../../src/binlog/delete-index.js';
import { countDeletedRows, type SegmentLog } from '../../src/binlog/index.js';
import { createMemoryDriver } from '../../src/driver/index.js';
import { type FixtureLog, fixtureLogs } from './fixtures.js';

async function count(logs: readonly FixtureLog[], more: { deletes?: number; logBytes?: number } = {}) {
  const driver = createMemoryDriver();
  for (const log of logs) await driver.put(log.key, log.bytes);
  const plain: SegmentLog[] = logs.map(({ bytes: _bytes, ...log }) => log);
  return countDeletedRows({
    driver,
    logs: plain,
    pkField: 100n,
    signal: new AbortController().signal,
    limits: more,
  });
}

const rich = fixtureLogs('rich');

describe('countDeletedRows', () => {
  it('counts the rows whose key was deleted after they were written', async () => {
    expect(await count(rich)).toEqual({ rows: 2, exact: true });
  });

  it('reads nothing of segments without delta logs', async () => {
    const none = rich.filter((log) => log.kind === 'insert');
    expect(await count([...none, ...fixtureLogs('parts')])).toEqual({ rows: 0, exact: true });
  });

  it('leaves out what has deletes only: an L0 segment', async () => {
    expect(await count(rich.filter((log) => log.kind === 'delta'))).toEqual({ rows: 0, exact: true });
  });

  it('gives the rows of the segment as a bound when a limit is passed', async () => {
    expect(await count(rich, { deletes: 1 })).toEqual({ rows: 572, exact: false });
    expect(await count(rich, { logBytes: 1_000 })).toEqual({ rows: 572, exact: false });
    expect(await count(rich, { logBytes: 100 })).toEqual({ rows: Number.MAX_SAFE_INTEGER, exact: false });
  });

  it('reads no log of more than 64 MiB, as its memory is bounded', async () => {
    const most = 64 * 1024 * 1024;
    const large = rich.map((log) => (log.field === 100n ? { ...log, size: most + 1 } : log));
    expect(await count(large)).toEqual({ rows: 572, exact: false });
  });

  it('gives that bound for a form of deletes that it does not know', async () => {
    const newer = rich.map((log) => {
      if (log.kind === 'insert') return log;
      const bytes = log.bytes.slice();
      new DataView(bytes.buffer).setInt32(69, 5, true);
      return { ...log, bytes };
    });
    expect(await count(newer)).toEqual({ rows: 572, exact: false });
  });

  it('gives that bound when the key has no log of its own', async () => {
    expect(await count(rich.filter((log) => log.field !== 100n))).toEqual({ rows: 572, exact: false });
  });

  it('names the log that is damaged', async () => {
    const damaged = rich.map((log) => {
      if (log.field !== 100n) return log;
      const bytes = log.bytes.slice();
      bytes[600] = (bytes[600] ?? 0) ^ 1;
      return { ...log, bytes };
    });
    const key = rich.find((log) => log.field === 100n)?.key;
    await expect(count(damaged)).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining(`${key}`),
    });
  });

  it('refuses keys and timestamps that do not belong together', async () => {
    const [time] = fixtureLogs('parts').filter((log) => log.field === 1n);
    const [own] = rich.filter((log) => log.field === 1n);
    if (!time || !own) throw new Error('no fixture');
    const mixed = rich.map((log) => (log === own ? { ...log, bytes: time.bytes, size: time.size } : log));
    await expect(count(mixed)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
  });

  it('stops when the run is cancelled', async () => {
    await expect(
      countDeletedRows({
        driver: createMemoryDriver(),
        logs: rich,
        pkField: 100n,
        signal: AbortSignal.abort(),
      }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('the deletes of a segment', () => {
  it('remove rows older than the latest delete of their key, and no other', () => {
    const deletes = createDeleteIndex();
    deletes.add(1n, 20n);
    deletes.add(1n, 10n);
    deletes.add('1', 5n);
    expect([9n, 15n, 19n].map((ts) => deletes.removes(1n, ts))).toEqual([true, true, true]);
    expect([20n, 21n].map((ts) => deletes.removes(1n, ts))).toEqual([false, false]);
    expect(deletes.removes('1', 5n)).toBe(false);
    expect(deletes.removes('1', 4n)).toBe(true);
    expect(deletes.removes(2n, 1n)).toBe(false);
  });
});
