import { describe, expect, test } from 'vitest';
import { settledSegments } from '../../src/backup/settled-segments.js';
import { silentLogger } from '../../src/log.js';
import type { SegmentFacts } from '../../src/milvus/gateway.js';
import { makeGateway } from '../service/gateway.js';
import { settleFast } from '../task/settle.js';

const at = { database: 'default', collection: 'books' };
const never = new AbortController().signal;

function segment(id: number, state: string): SegmentFacts {
  return { id: BigInt(id), partitionId: 1n, rows: 10, state, isL0: false, storageVersion: 0n };
}

/** Answers with one list after another; the last one stays. */
function listing(...lists: readonly SegmentFacts[][]) {
  let asked = 0;
  return makeGateway({ listSegments: async () => lists[Math.min(asked++, lists.length - 1)] ?? [] });
}

const idsOf = (facts: readonly SegmentFacts[]): number[] => facts.map((one) => Number(one.id));

describe('settledSegments', () => {
  test('waits for segments whose files are written but that Milvus has not settled', async () => {
    const milvus = listing(
      [segment(1, 'Flushed'), segment(2, 'Flushing')],
      [segment(1, 'Flushed'), segment(2, 'Flushing'), segment(3, 'Flushing')],
      [segment(1, 'Flushed'), segment(2, 'Flushed'), segment(3, 'Flushing')],
    );
    const facts = await settleFast(() => settledSegments(milvus, at, silentLogger, never));
    expect(idsOf(facts)).toEqual([1, 2]);
  });

  test('takes one that never settles, and says so: its rows are from before the backup', async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => void told.push(text) };
    const milvus = listing([segment(1, 'Flushed'), segment(2, 'Flushing')]);
    expect(idsOf(await settleFast(() => settledSegments(milvus, at, logger, never)))).toEqual([1, 2]);
    expect(told).toHaveLength(1);
  });

  test('leaves out what holds newer rows', async () => {
    const newer = ['Growing', 'Sealed', 'Importing', 'Dropped', 'NotExist'].map((state, i) =>
      segment(i + 2, state),
    );
    const milvus = listing([segment(1, 'Flushed'), ...newer]);
    expect(idsOf(await settledSegments(milvus, at, silentLogger, never))).toEqual([1]);
  });

  test('takes one whose state is not told, or not known here', async () => {
    const milvus = listing([segment(1, 'None'), segment(2, '17')]);
    expect(idsOf(await settledSegments(milvus, at, silentLogger, never))).toEqual([1, 2]);
  });
});
