import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GcTickets } from '../../src/backup/gc-tickets.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeManagement } from '../service/management.js';

const minute = 60_000;

function open(refuse = false) {
  const calls: string[] = [];
  const told: string[] = [];
  let given = 0;
  const management = makeManagement({
    pauseCollectionGc: async (id, seconds) => {
      calls.push(`pause ${id} ${seconds}`);
      if (refuse) throw new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'no' });
      return `t${++given}`;
    },
    resumeCollectionGc: async (ticket) => {
      calls.push(`resume ${ticket}`);
      if (ticket === 't9') throw new Error('no');
    },
  });
  const logger = { ...silentLogger, warn: (_fields: object, text: string) => void told.push(text) };
  return { gc: new GcTickets(management, logger, Date.now), calls, told };
}

describe('GcTickets', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('each collection is paused while its data is copied, also when that fails', async () => {
    const { gc, calls } = open();
    expect(await gc.duringCollection(5n, async () => 'done')).toBe('done');
    const failure = new BackupError({ code: 'CANCELLED', message: 'stop' });
    expect(await thrownBy(() => gc.duringCollection(6n, () => Promise.reject(failure)))).toBe(failure);
    expect(calls).toEqual(['pause 5 3600', 'resume t1', 'pause 6 3600', 'resume t2']);
  });

  test('a pause that runs out is renewed in time, and all its tickets are given back', async () => {
    const { gc, calls } = open();
    const end: (() => void)[] = [];
    const run = gc.during(() => gc.duringCollection(5n, () => new Promise<void>((done) => end.push(done))));
    await vi.advanceTimersByTimeAsync(50 * minute);
    expect(calls).toEqual(['pause 5 3600']);
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(calls).toEqual(['pause 5 3600', 'pause 5 3600']);
    await vi.advanceTimersByTimeAsync(50 * minute);
    expect(calls).toHaveLength(2);
    end[0]?.();
    await run;
    expect(calls).toEqual(['pause 5 3600', 'pause 5 3600', 'resume t1', 'resume t2']);
    await vi.advanceTimersByTimeAsync(120 * minute);
    expect(calls).toHaveLength(4);
  });

  test('what the server refuses is told, tried again, and no hindrance', async () => {
    const { gc, calls, told } = open(true);
    const end: (() => void)[] = [];
    const run = gc.during(() => gc.duringCollection(5n, () => new Promise<void>((done) => end.push(done))));
    await vi.advanceTimersByTimeAsync(5 * minute);
    end[0]?.();
    await run;
    expect(calls).toEqual(['pause 5 3600', 'pause 5 3600']);
    expect(told).toEqual(Array(2).fill('garbage collection of a collection is not paused'));
  });

  test('a resume that fails is told', async () => {
    const { gc, told } = open();
    for (let id = 1n; id <= 9n; id++) await gc.duringCollection(id, async () => {});
    expect(told).toEqual([expect.stringContaining('resumes by itself')]);
  });
});
