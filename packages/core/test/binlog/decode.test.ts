import { describe, expect, it } from 'vitest';
import { type ColumnValues, parseBinlog, readColumn, readDeletes } from '../../src/binlog/index.js';
import { deltaBytes, fixtureBytes, fixtureLogs } from './fixtures.js';

async function columnOf(bytes: Uint8Array): Promise<ColumnValues> {
  const [event] = parseBinlog(bytes).events;
  if (!event) throw new Error('no event');
  return readColumn(event.payload);
}

describe('parseBinlog', () => {
  it('reads the descriptor with its 64-bit ids', () => {
    const file = parseBinlog(fixtureBytes('rich', 102n));
    expect(file).toMatchObject({
      collection: 470635130682481644n,
      partition: 470635130682481648n,
      segment: 470635130682481657n,
      field: 102n,
      dataType: 23,
    });
    expect(Object.keys(file.extras)).toEqual(['original_size']);
    expect(file.events.map((event) => event.type)).toEqual(['insert']);
  });

  it('reads a binlog that lies anywhere in a larger buffer, without a copy', () => {
    const bytes = fixtureBytes('rich', 100n);
    const larger = new Uint8Array(bytes.length + 11);
    larger.set(bytes, 3);
    const file = parseBinlog(larger.subarray(3, 3 + bytes.length));
    expect(file.events[0]?.payload.buffer).toBe(larger.buffer);
    expect(file).toMatchObject({ field: 100n });
  });

  it.each([
    [0, 'magic'],
    [12, 'no descriptor'],
    [13, 'bytes'],
    [17, 'next begins'],
  ])('names byte %i when it is wrong', (offset, part) => {
    const bytes = fixtureBytes('rich', 1n);
    bytes[offset] = 3;
    expect(() => parseBinlog(bytes)).toThrow(expect.objectContaining({ code: 'VERIFY_FAILED' }));
    expect(() => parseBinlog(bytes)).toThrow(part);
  });

  it('does not know other events than inserts and deletes', () => {
    const bytes = fixtureBytes('rich', 1n);
    const start = new DataView(bytes.buffer).getInt32(17, true);
    bytes[start + 8] = 7;
    expect(() => parseBinlog(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_UNSUPPORTED' }));
  });
});

describe('readColumn', () => {
  it('gives text keys', async () => {
    const column = await columnOf(fixtureBytes('rich', 100n));
    if (column.type !== 'string') throw new Error(column.type);
    expect(column.values).toHaveLength(572);
    expect(new Set(column.values).size).toBe(572);
    expect(column.values).toContain('k1');
  });

  it('gives longs as bigint, from a dictionary too', async () => {
    const times = await columnOf(fixtureBytes('rich', 1n));
    expect(times.type).toBe('long');
    expect(times.values).toHaveLength(572);
    expect(times.values[0]).toBeGreaterThan(470635000000000000n);
    const keys = await columnOf(fixtureBytes('parts', 100n));
    expect(typeof keys.values[0]).toBe('bigint');
    if (keys.type !== 'long') throw new Error(keys.type);
    expect(new Set(keys.values).size).toBe(500);
  });

  it('gives doubles', async () => {
    const column = await columnOf(fixtureBytes('parts', 101n));
    if (column.type !== 'double') throw new Error(column.type);
    expect(column.values).toHaveLength(500);
    expect(column.values.every(Number.isFinite)).toBe(true);
  });

  it('gives JSON and arrays as bytes, vectors as bytes of one width', async () => {
    const json = await columnOf(fixtureBytes('rich', 102n));
    if (json.type !== 'bytes') throw new Error(json.type);
    expect(json.width).toBeNull();
    for (const value of json.values) JSON.parse(Buffer.from(value).toString());
    const arrays = await columnOf(fixtureBytes('rich', 103n));
    expect(arrays.type).toBe('bytes');
    const vectors = await columnOf(fixtureBytes('rich', 104n));
    if (vectors.type !== 'bytes') throw new Error(vectors.type);
    expect(vectors.width).toBe(8);
    expect(vectors.values.every((value) => value.length === 8)).toBe(true);
  });

  it('gives each column of a segment the same number of rows', async () => {
    for (const log of fixtureLogs('rich').filter((one) => one.kind === 'insert')) {
      expect((await columnOf(log.bytes)).values).toHaveLength(572);
    }
  });
});

describe('readDeletes', () => {
  it('gives keys and timestamps without a rounded digit', async () => {
    expect([...(await readDeletes(deltaBytes()))]).toEqual([
      { pk: 'k1', ts: 470635149252362241n },
      { pk: 'k3', ts: 470635149252362241n },
    ]);
  });

  it('refuses a log of inserts', async () => {
    await expect(readDeletes(fixtureBytes('rich', 100n))).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
    });
  });

  it('does not know the newer form with several columns, nor bare Parquet', async () => {
    const newer = deltaBytes();
    new DataView(newer.buffer).setInt32(69, 5, true);
    await expect(readDeletes(newer)).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
    const [event] = parseBinlog(deltaBytes()).events;
    await expect(readDeletes(event?.payload ?? new Uint8Array())).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
    });
  });
});
