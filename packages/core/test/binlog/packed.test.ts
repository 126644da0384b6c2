import { describe, expect, test } from 'vitest';
import { writeInsertLog } from '../../../../test/support/src/milvus-sim/binlog.js';
import {
  int64Kind,
  type ParquetColumn,
  textKind,
  writeParquet,
} from '../../../../test/support/src/milvus-sim/parquet-file.js';
import {
  type ColumnValues,
  countDeletedRows,
  parseBinlog,
  type RowBlock,
  readColumn,
  readColumns,
  readDeletes,
  readRows,
  type SegmentLog,
  writeDeleteLog,
} from '../../src/binlog/index.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { isBackupError } from '../../src/errors/index.js';

const signal = new AbortController().signal;
const key = 100n;

const column = (
  field: number,
  values: ParquetColumn['values'],
  given: Partial<ParquetColumn> = {},
): ParquetColumn => ({
  name: String(field),
  kind: int64Kind,
  nullable: false,
  fieldId: field,
  values,
  ...given,
});

const longs = (from: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, index) => BigInt(from + index));

async function makeStore(
  files: readonly {
    readonly field: bigint;
    readonly log: number;
    readonly bytes: Uint8Array;
    kind?: 'delta';
  }[],
): Promise<{ driver: StorageDriver; logs: SegmentLog[] }> {
  const driver = createMemoryDriver();
  const logs: SegmentLog[] = [];
  for (const { field, log, bytes, kind = 'insert' } of files) {
    const name = `${kind}/1/${field}/${log}`;
    await driver.put(name, bytes);
    logs.push({ kind, segment: 1n, field, key: name, size: bytes.length });
  }
  return { driver, logs };
}

/** Key, timestamp and number in group 0, texts in group 102; the two groups are cut at other rows. */
const packed = (textOf = (value: bigint) => `t${value}`) =>
  makeStore([
    ...[
      [0, 3],
      [3, 5],
    ].map(([from = 0, count = 0], index) => ({
      field: 0n,
      log: 10 + index,
      bytes: writeParquet(
        [
          column(0, longs(from, count)),
          column(1, longs(1000 + from, count)),
          column(100, longs(from, count), { name: 'id' }),
          column(
            101,
            longs(from, count).map((value) => (value % 3n === 0n ? null : value)),
            { nullable: true },
          ),
        ],
        count,
      ),
    })),
    ...[
      [0, 6],
      [6, 2],
    ].map(([from = 0, count = 0], index) => ({
      field: 102n,
      log: 20 + index,
      bytes: writeParquet([column(102, longs(from, count).map(textOf), { kind: textKind })], count),
    })),
  ]);

async function collect(blocks: AsyncIterable<RowBlock>): Promise<RowBlock[]> {
  const all: RowBlock[] = [];
  for await (const block of blocks) all.push(block);
  return all;
}

const plain = (values: ColumnValues | undefined): unknown[] | undefined =>
  values &&
  Array.from(values.values as ArrayLike<unknown>, (value, row) =>
    values.present?.[row] === 0 ? null : value,
  );

describe('readRows of packed files', () => {
  test('reads columns side by side, however their groups are cut', async () => {
    const { driver, logs } = await packed();
    const blocks = await collect(readRows({ driver, logs, key, fields: [101n, 102n], signal }));
    expect(blocks.map(({ rows }) => rows)).toEqual([3, 3, 2]);
    expect(blocks.flatMap(({ keys }) => [...keys])).toEqual(longs(0, 8));
    expect(blocks.flatMap(({ times }) => [...times])).toEqual(longs(1000, 8));
    expect(blocks.flatMap(({ columns }) => plain(columns.get(101n)))).toEqual([
      null,
      1n,
      2n,
      null,
      4n,
      5n,
      null,
      7n,
    ]);
    expect(blocks.flatMap(({ columns }) => plain(columns.get(102n)))).toEqual(
      longs(0, 8).map((value) => `t${value}`),
    );
  });

  test('opens no group that is not asked for', async () => {
    const { driver, logs } = await packed();
    const opened = new Set<string>();
    const watched = {
      ...driver,
      get: (name: string, options?: object) => {
        opened.add(name);
        return driver.get(name, options);
      },
    } as StorageDriver;
    const blocks = await collect(readRows({ driver: watched, logs, key, signal }));
    expect(blocks.map(({ rows }) => rows)).toEqual([3, 5]);
    expect([...opened]).toEqual(['insert/1/0/10', 'insert/1/0/11']);
  });

  test('a field that was added later lacks its values in older rows', async () => {
    const { driver, logs } = await packed();
    const later = logs.filter(({ key: name }) => name !== 'insert/1/102/20');
    const blocks = await collect(readRows({ driver, logs: later, key, fields: [102n], signal }));
    expect(blocks.map(({ rows, columns }) => [rows, plain(columns.get(102n))])).toEqual([
      [3, undefined],
      [3, undefined],
      [2, ['t6', 't7']],
    ]);
  });

  test('counts the rows that deletes remove', async () => {
    const { driver, logs } = await packed();
    const deletes = [
      { pk: 2n, ts: 5000n },
      { pk: 3n, ts: 5n },
      { pk: 7n, ts: 1008n },
    ];
    const bytes = await writeDeleteLog({ collection: 5n, partition: 6n, segment: 1n, deletes });
    await driver.put('delta/1/30', bytes);
    const delta: SegmentLog = {
      kind: 'delta',
      segment: 1n,
      field: 0n,
      key: 'delta/1/30',
      size: bytes.length,
    };
    const counted = await countDeletedRows({ driver, logs: [...logs, delta], pkField: key, signal });
    expect(counted).toEqual({ rows: 2, exact: true });
  });

  test('refuses a segment whose columns do not fit, and one without the key', async () => {
    const { driver, logs } = await packed();
    const short = logs.filter(({ key: name }) => name !== 'insert/1/0/11');
    await expect(
      collect(readRows({ driver, logs: short, key, fields: [102n], signal })),
    ).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
    await expect(collect(readRows({ driver, logs, key: 200n, signal }))).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
    });
  });

  test('a part that is too large is passed over where it may be', async () => {
    const { driver, logs } = await packed((value) => `t${value}`.repeat(100));
    const skipped: bigint[] = [];
    const input = { driver, logs, key, fields: [101n, 102n], signal, logBytes: 200 };
    const limits = { ...input, onSkipped: (field: bigint) => void skipped.push(field) };
    await expect(collect(readRows(input))).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
    const blocks = await collect(readRows(limits));
    expect(skipped).toEqual([102n]);
    expect(blocks.flatMap(({ keys }) => [...keys])).toEqual(longs(0, 8));
  });
});

describe('damage of a packed file', () => {
  test('is told or changes nothing that is read, and never ends the process', async () => {
    const good = writeParquet(
      [
        column(0, longs(0, 9)),
        column(
          100,
          longs(0, 9).map((value) => (value % 2n === 0n ? null : `k${value}`)),
          {
            kind: textKind,
            nullable: true,
          },
        ),
      ],
      9,
    );
    for (let at = 0; at < good.length; at += 1) {
      for (const mask of [1, 128, 255]) {
        const bytes = Uint8Array.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        try {
          for await (const { values } of readColumns(bytes))
            expect(values.values.length).toBeLessThan(2 ** 24);
        } catch (error) {
          expect(isBackupError(error), `byte ${at} ^ ${mask}: ${String(error)}`).toBe(true);
        }
      }
    }
  });
});

describe('binlogs of newer versions', () => {
  const facts = { collection: 5n, partition: 6n, segment: 1n, startTs: 1n, endTs: 2n };

  test('a column may hold nulls', async () => {
    const values = [
      null,
      'a',
      null,
      '',
      ...Array.from({ length: 40 }, (_, at) => (at % 7 === 0 ? null : `v${at}`)),
    ];
    const bytes = writeInsertLog(
      { ...facts, field: 101n, dataType: 21 },
      column(101, values, { nullable: true, kind: textKind }),
    );
    const [event] = parseBinlog(bytes).events;
    expect(plain(await readColumn(event?.payload ?? new Uint8Array()))).toEqual(values);
  });

  test('nulls alone are no values', async () => {
    const bytes = writeParquet([column(101, [null, null], { nullable: true })], 2);
    expect(plain(await readColumn(bytes))).toEqual([null, null]);
  });

  test('an event may leave open where the next one begins', async () => {
    const bytes = await writeDeleteLog({ ...facts, deletes: [{ pk: 1n, ts: 2n }] });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setInt32(view.getInt32(17, true) + 13, -1, true);
    expect([...(await readDeletes(bytes))]).toEqual([{ pk: 1n, ts: 2n }]);
  });

  test.each([
    { name: 'long keys', kind: int64Kind, keys: [1n, -5n] },
    { name: 'text keys', kind: textKind, keys: ['a', 'ключ'] },
  ])('deletes may be a column of keys and one of times: $name', async ({ kind, keys }) => {
    const payload = writeParquet(
      [
        { name: 'pk', kind, nullable: false, values: keys },
        { name: 'ts', kind: int64Kind, nullable: false, values: [7n, 8n] },
      ],
      2,
    );
    const bytes = frame(payload, { original_size: '9', version: 'MULTI_FIELD' });
    expect([...(await readDeletes(bytes))]).toEqual(keys.map((pk, at) => ({ pk, ts: BigInt(7 + at) })));
    await expect(readDeletes(frame(payload, { original_size: '9', version: 'OTHER' }))).rejects.toMatchObject(
      {
        code: 'FORMAT_UNSUPPORTED',
      },
    );
  });

  test('encrypted values are named as such', async () => {
    const bytes = frame(new Uint8Array(20), { original_size: '9', edek: 'x' });
    await expect(readDeletes(bytes)).rejects.toThrow('encrypted');
  });
});

/** A delta log around a payload, with these extras in its descriptor. */
function frame(payload: Uint8Array, extras: object): Uint8Array {
  const text = Buffer.from(JSON.stringify(extras));
  const descriptor = Buffer.alloc(4 + 17 + 52 + 8 + 4);
  descriptor.writeUInt32LE(0xfffabc, 0);
  descriptor.writeInt32LE(descriptor.length - 4 + text.length, 13);
  descriptor.writeInt32LE(descriptor.length + text.length, 17);
  descriptor.writeBigInt64LE(-1n, 45);
  descriptor.writeInt32LE(5, 69);
  descriptor.set([52, 16, 16, 16, 16, 16, 16, 16], 73);
  descriptor.writeInt32LE(text.length, 81);
  const event = Buffer.alloc(33);
  event.writeInt8(2, 8);
  event.writeInt32LE(event.length + payload.length, 9);
  event.writeInt32LE(-1, 13);
  return Buffer.concat([descriptor, text, event, payload]);
}
