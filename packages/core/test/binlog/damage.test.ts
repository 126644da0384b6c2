import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  type ColumnValues,
  type DeleteRecord,
  parseBinlog,
  readColumn,
  readDeletes,
} from '../../src/binlog/index.js';
import { isBackupError } from '../../src/errors/index.js';
import { type FixtureLog, fixtureLogs } from './fixtures.js';

/** Plain and dictionary pages of numbers, texts and bytes, and deletes; the small ones, since each is decoded some thousand times. */
const logs = [...fixtureLogs('rich'), ...fixtureLogs('parts')].filter(
  (log) => (log.size < 1_850 && log.field !== 0n) || log.kind === 'delta',
);
const timeout = 120_000;

async function decode(log: FixtureLog, bytes: Uint8Array): Promise<unknown> {
  try {
    if (log.kind === 'delta') return [...(await readDeletes(bytes))];
    const columns = [];
    for (const event of parseBinlog(bytes).events) columns.push(await readColumn(event.payload));
    return columns;
  } catch (error) {
    if (isBackupError(error) && (error.code === 'VERIFY_FAILED' || error.code === 'FORMAT_UNSUPPORTED')) {
      return error;
    }
    throw error;
  }
}

/** Every byte from here on is the payload's: its pages have checksums, so that no change gives other values. */
function dataStart(bytes: Uint8Array): number {
  return parseBinlog(bytes).events[0]?.offset ?? 0;
}

describe.each(logs.map((log) => log.key))('%s', (key) => {
  const log = find(key);

  it(
    'is refused when it is cut, wherever',
    async () => {
      for (let length = 0; length < log.size; length += 1) {
        const result = await decode(log, log.bytes.slice(0, length));
        expect(result, `cut after ${length}`).toMatchObject({ code: 'VERIFY_FAILED' });
      }
    },
    timeout,
  );

  it(
    'never gives other values when a byte is flipped, and never ends the process',
    async () => {
      const good = await decode(log, log.bytes);
      const start = dataStart(log.bytes);
      for (let at = 0; at < log.size; at += 1) {
        for (const mask of [0x01, 0x80]) {
          const bytes = log.bytes.slice();
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          const result = await decode(log, bytes);
          if (at < start || isBackupError(result)) continue;
          expect(isDeepStrictEqual(rawValues(result), rawValues(good)), `byte ${at} ^ ${mask}`).toBe(true);
        }
      }
    },
    timeout,
  );

  it(
    'survives random damage in several places',
    async () => {
      const random = generator(log.size);
      for (let round = 0; round < 500; round += 1) {
        const bytes = log.bytes.slice();
        for (let count = 1 + (random() % 8); count > 0; count -= 1)
          bytes[random() % log.size] = random() % 256;
        await decode(log, bytes);
      }
    },
    timeout,
  );
});

/** The footer has no checksum: a wrong byte may turn texts into plain bytes there, but not into other ones. */
function rawValues(decoded: unknown): unknown {
  if (!Array.isArray(decoded)) return decoded;
  return decoded.map((column: ColumnValues | DeleteRecord) =>
    'type' in column && column.type === 'string'
      ? column.values.map((text) => new Uint8Array(Buffer.from(text)))
      : 'type' in column && column.type === 'bytes'
        ? column.values.map((value) => new Uint8Array(value))
        : column,
  );
}

function find(key: string): FixtureLog {
  const log = logs.find((one) => one.key === key);
  if (!log) throw new Error(key);
  return log;
}

/** Marsaglia's xorshift: the same damage in every run. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
