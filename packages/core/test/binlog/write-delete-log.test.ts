import { describe, expect, test } from 'vitest';
import { type DeleteRecord, parseBinlog, readDeletes, writeDeleteLog } from '../../src/binlog/index.js';
import { deltaBytes } from './fixtures.js';

const ids = { collection: 2n ** 62n + 1n, partition: 50n, segment: 7n };

async function roundTrip(deletes: readonly DeleteRecord[]): Promise<DeleteRecord[]> {
  return [...(await readDeletes(await writeDeleteLog({ ...ids, deletes })))];
}

describe('writeDeleteLog', () => {
  test.each<{ name: string; deletes: DeleteRecord[] }>([
    {
      name: 'long keys',
      deletes: [
        { pk: 9_007_199_254_740_993n, ts: 470_635_149_252_362_241n },
        { pk: -(2n ** 63n), ts: 1n },
        { pk: 0n, ts: 2n ** 63n },
      ],
    },
    {
      name: 'text keys',
      deletes: ['', 'a"b\\c', '</&>\u2028\n', 'ключ', '\u{1f600}', '123'].map((pk, at) => ({
        pk,
        ts: BigInt(at),
      })),
    },
    { name: 'the same key twice', deletes: [1n, 2n].map((ts) => ({ pk: 'k', ts })) },
  ])('is read back: $name', async ({ deletes }) => {
    expect(await roundTrip(deletes)).toEqual(deletes);
  });

  test('has several pages when there are many', async () => {
    const deletes = Array.from({ length: 60_000 }, (_, at) => ({ pk: BigInt(at), ts: BigInt(at + 1) }));
    const bytes = await writeDeleteLog({ ...ids, deletes });
    expect(bytes.byteLength).toBeGreaterThan(2 * 1024 * 1024);
    expect([...(await readDeletes(bytes))]).toEqual(deletes);
  });

  test('is framed as that of a real Milvus 2.3.5', async () => {
    const real = parseBinlog(deltaBytes());
    const deletes = [...(await readDeletes(deltaBytes()))];
    const { collection, partition, segment } = real;
    const bytes = await writeDeleteLog({ collection, partition, segment, deletes });
    const { events, ...own } = parseBinlog(bytes);
    const { events: realEvents, ...facts } = real;
    expect(own).toEqual(facts);
    expect(events.map(({ payload: _payload, ...event }) => event)).toEqual(
      realEvents.map(({ payload: _payload, ...event }) => event),
    );
    // Magic, and the descriptor with its lengths; the times of writing differ.
    expect(Buffer.from(bytes.subarray(12, 81))).toEqual(Buffer.from(deltaBytes().subarray(12, 81)));
  });

  test('gives the same bytes for the same deletes', async () => {
    const deletes = [{ pk: 1n, ts: 2n }];
    expect(await writeDeleteLog({ ...ids, deletes })).toEqual(await writeDeleteLog({ ...ids, deletes }));
  });
});
