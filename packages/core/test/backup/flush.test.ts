import { describe, expect, test, vi } from 'vitest';
import { flushAll } from '../../src/backup/flush.js';
import { GcPause } from '../../src/backup/gc-pause.js';
import { selectCollections } from '../../src/backup/select-collections.js';
import { BackupError } from '../../src/errors/index.js';
import { parseFilter } from '../../src/filter/index.js';
import { silentLogger } from '../../src/log.js';
import { makeSchema } from '../../src/meta/index.js';
import type { DescribedCollection, FlushTicket } from '../../src/milvus/gateway.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeGateway } from '../service/gateway.js';
import { settleFast } from '../task/settle.js';

const ticket: FlushTicket = {
  segmentIds: [],
  flushTimestamp: 1n,
  sealTime: 2n,
  channelCheckpoints: {},
  checkpointTimestamp: 0n,
};

const described: DescribedCollection = {
  collectionId: 7n,
  databaseId: 0n,
  databaseName: 'a',
  name: '',
  schema: makeSchema({ name: 'any' }),
  shardsNum: 1,
  consistencyLevel: 0,
  properties: [],
  createdTimestamp: 1n,
  virtualChannels: [],
  physicalChannels: [],
  aliases: [],
};

/** Needs `rounds` questions about each collection before it is flushed. */
function flushing(rounds: number) {
  const calls: string[] = [];
  const asked = new Map<string, number>();
  const gateway = makeGateway({
    flush: async (database, collections) => {
      calls.push(`${database}: ${collections.length}`);
      return new Map(collections.map((name) => [name, ticket]));
    },
    isFlushed: async ({ collection }) => {
      const times = (asked.get(collection) ?? 0) + 1;
      asked.set(collection, times);
      return times > rounds;
    },
    describeCollection: async ({ collection }) => ({ ...described, name: collection }),
  });
  return { gateway, calls, asked };
}

const names = (database: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    collection_id: described.collectionId,
    db_name: database,
    collection_name: `${database}_${index}`,
    virtual_channel_names: [],
  }));

describe('flushAll', () => {
  test('takes many collections of a database in one call, and waits for each', async () => {
    const { gateway, calls, asked } = flushing(3);
    const collections = [...names('a', 60), ...names('b', 401)];
    const tickets = await settleFast(() => flushAll(gateway, collections, silentLogger));
    expect(calls).toEqual(['a: 60', 'b: 200', 'b: 200', 'b: 1']);
    expect(tickets.size).toBe(461);
    expect(tickets.get('a.a_0')).toBe(ticket);
    expect([...asked.values()].every((times) => times === 4)).toBe(true);
  });

  test('tells when it takes long, and goes on', async () => {
    const { gateway } = flushing(200);
    const waited: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void waited.push(fields) };
    await settleFast(() => flushAll(gateway, names('a', 1), logger));
    expect(waited).toEqual([
      { database: 'a', collection: 'a_0', waitedSeconds: expect.any(Number) },
      { database: 'a', collection: 'a_0', waitedSeconds: expect.any(Number) },
      { database: 'a', collection: 'a_0', waitedSeconds: expect.any(Number) },
    ]);
  });

  test('ends when it is cancelled', async () => {
    const { gateway } = flushing(Number.POSITIVE_INFINITY);
    const stop = new AbortController();
    const waiting = flushAll(gateway, names('a', 3), silentLogger, stop.signal);
    setImmediate(() => stop.abort());
    expect((await thrownBy(() => waiting)).code).toBe('CANCELLED');
  });

  test('ends when the collection is another one by then', async () => {
    const { gateway } = flushing(Number.POSITIVE_INFINITY);
    const other = { ...gateway, describeCollection: async () => ({ ...described, collectionId: 8n }) };
    const failed = settleFast(() => thrownBy(() => flushAll(other, names('a', 1), silentLogger)));
    expect((await failed).code).toBe('COLLECTION_NOT_FOUND');
  });

  test('a failure of one ends the wait for all', async () => {
    const failure = new BackupError({ code: 'COLLECTION_NOT_FOUND', message: 'no' });
    const { gateway } = flushing(Number.POSITIVE_INFINITY);
    const isFlushed = gateway.isFlushed;
    const broken = {
      ...gateway,
      isFlushed: (...args: Parameters<typeof isFlushed>) =>
        args[0].collection === 'a_1' ? Promise.reject(failure) : isFlushed(...args),
    };
    expect(await thrownBy(() => flushAll(broken, names('a', 3), silentLogger))).toBe(failure);
  });
});

describe('a flush that is refused', () => {
  const busy = new BackupError({ code: 'MILVUS_ERROR', message: 'node is recovering' });
  const refusing = (times: number, method: 'flush' | 'isFlushed', error = busy) => {
    const { gateway } = flushing(0);
    let left = times;
    const answer = gateway[method] as (...args: unknown[]) => Promise<never>;
    const own = (...args: unknown[]) => (left-- > 0 ? Promise.reject(error) : answer(...args));
    return { ...gateway, [method]: own };
  };

  test.each(['flush', 'isFlushed'] as const)('is asked for again (%s)', async (method) => {
    const tickets = await settleFast(() => flushAll(refusing(9, method), names('a', 1), silentLogger));
    expect(tickets.size).toBe(1);
  });

  test.each([
    ['flush', 10],
    ['isFlushed', 60],
  ] as const)('again and again is a failure (%s)', async (method, times) => {
    const failed = settleFast(() =>
      thrownBy(() => flushAll(refusing(times, method), names('a', 1), silentLogger)),
    );
    expect(await failed).toBe(busy);
  });

  test('by a Milvus that does not have the collection is not', async () => {
    const gone = new BackupError({ code: 'COLLECTION_NOT_FOUND', message: 'gone' });
    expect(await thrownBy(() => flushAll(refusing(1, 'flush', gone), names('a', 1), silentLogger))).toBe(
      gone,
    );
  });
});

describe('GcPause', () => {
  const run = async (): Promise<string> => 'done';

  test('pauses before and resumes after, also after a failure', async () => {
    const calls: string[] = [];
    const management = {
      pauseGc: async (seconds: number) => void calls.push(`pause ${seconds}`),
      resumeGc: async () => void calls.push('resume'),
    };
    const pause = new GcPause(management, silentLogger);
    expect(await pause.during(run)).toBe('done');
    const failure = new BackupError({ code: 'CANCELLED', message: 'stop' });
    expect(await thrownBy(() => pause.during(() => Promise.reject(failure)))).toBe(failure);
    expect(calls).toEqual(['pause 3600', 'resume', 'pause 3600', 'resume']);
  });

  test('the last of several backups resumes', async () => {
    const calls: string[] = [];
    const management = {
      pauseGc: async () => void calls.push('pause'),
      resumeGc: async () => void calls.push('resume'),
    };
    const pause = new GcPause(management, silentLogger);
    const ends: (() => void)[] = [];
    const held = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
    const both = [pause.during(held), pause.during(held)];
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    ends[0]?.();
    await both[0];
    expect(calls).toEqual(['pause', 'pause']);
    ends[1]?.();
    await both[1];
    expect(calls).toEqual(['pause', 'pause', 'resume']);
  });

  test('a server that has no such call is no hindrance; it is asked to resume, as by the Go tool', async () => {
    const told: string[] = [];
    const logger = {
      ...silentLogger,
      info: () => void told.push('info'),
      warn: () => void told.push('warn'),
    };
    const pauseGc = () => Promise.reject(new BackupError({ code: 'MILVUS_UNSUPPORTED', message: 'no' }));
    const resumeGc = () => {
      told.push('resume');
      return pauseGc();
    };
    expect(await new GcPause({ pauseGc, resumeGc }, logger).during(run)).toBe('done');
    expect(told).toEqual(['info', 'resume']);
  });

  test('a pause that may have reached the server is taken back', async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, warn: () => void told.push('warn') };
    const pauseGc = () => Promise.reject(new BackupError({ code: 'MILVUS_UNREACHABLE', message: 'timeout' }));
    const resumeGc = async () => void told.push('resume');
    expect(await new GcPause({ pauseGc, resumeGc }, logger).during(run)).toBe('done');
    expect(told).toEqual(['warn', 'resume']);
  });

  test('a resume that fails is told, and spoils nothing', async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => void told.push(text) };
    const resumeGc = () => Promise.reject(new Error('gone'));
    expect(await new GcPause({ pauseGc: async () => {}, resumeGc }, logger).during(run)).toBe('done');
    expect(told).toEqual([expect.stringContaining('resumes by itself')]);
  });
});

describe('selectCollections', () => {
  const collections: Record<string, string[]> = { default: ['users', 'books'], shop: ['orders'] };
  const milvus = makeGateway({
    listDatabases: async () => ['default', 'shop', 'empty'],
    listCollections: async (database) => collections[database] ?? [],
    hasCollection: async ({ database, collection }) => collections[database]?.includes(collection) ?? false,
  });
  const select = async (text?: string) => {
    const { databases, collections } = await selectCollections(
      milvus,
      text === undefined ? undefined : parseFilter(text),
    );
    return [databases, collections.map((at) => `${at.database}.${at.collection}`)];
  };

  test('everything, or what the filter names', async () => {
    expect(await select()).toEqual([
      ['default', 'empty', 'shop'],
      ['default.books', 'default.users', 'shop.orders'],
    ]);
    expect(await select('shop.*,users')).toEqual([
      ['shop', 'default'],
      ['shop.orders', 'default.users'],
    ]);
    expect(await select('shop.')).toEqual([['shop'], []]);
  });

  test.each([
    ['nosuch.*', 'DATABASE_NOT_FOUND', 'filter database nosuch not found in milvus'],
    ['nosuch.', 'DATABASE_NOT_FOUND', 'filter database nosuch not found in milvus'],
    ['books,nosuch', 'COLLECTION_NOT_FOUND', 'filter collection default.nosuch not found in milvus'],
    ['shop.books', 'COLLECTION_NOT_FOUND', 'filter collection shop.books not found in milvus'],
  ])('%s is refused', async (text, code, message) => {
    const error = await thrownBy(() => select(text));
    expect([error.code, error.message]).toEqual([code, message]);
    expect(error.remedy).toBeTruthy();
  });
});
