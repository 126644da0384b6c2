import { parse, stringify } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { decodeFullMeta, decodeLevelled, encodeMetaFiles, metaWriteOrder } from '../../src/meta/index.js';
import { type Golden, readGolden, readGoldenFiles } from './golden.js';

const current: readonly Golden[] = ['b1', 'e1', 'mo'];

/** Without the keys that only 0.4 wrote and nobody reads. */
function dropOldKeys(text: string): string {
  const dropped = new Set(['start_time', 'end_time', 'progress', 'errorMessage']);
  const json = parse(text, (key, value) => (dropped.has(key) ? undefined : value));
  return stringify(json) ?? '';
}

describe.each(current)('the Go tool 0.5.16, backup %s', (golden) => {
  test('every file comes out byte for byte', () => {
    const files = encodeMetaFiles(decodeFullMeta(readGolden(golden, 'full_meta.json')));
    expect(files.map((file) => file.name)).toEqual([...metaWriteOrder]);
    for (const file of files) {
      expect(Buffer.from(file.bytes).toString()).toBe(readGolden(golden, file.name));
    }
  });

  test('the levelled files give the same collections', () => {
    const files = readGoldenFiles(golden);
    const full = decodeFullMeta(files['full_meta.json']);
    const joined = decodeLevelled({
      backup: files['backup_meta.json'],
      collection: files['collection_meta.json'],
      partition: files['partition_meta.json'],
      segment: files['segment_meta.json'],
    });
    expect(joined).toEqual({ ...full, database_backups: [] });
  });
});

test('b1 has its ids exact', () => {
  const meta = decodeFullMeta(readGolden('b1', 'full_meta.json'));
  const rich = meta.collection_backups.find((collection) => collection.collection_name === 'rich');
  expect(rich?.collection_id).toBe(470635130682481644n);
  expect(rich?.created_timestamp).toBe(470635148609585159n);
  expect(rich?.schema.fields.map((field) => field.fieldID)).toEqual([100n, 101n, 102n, 103n, 104n]);
  expect(meta.size).toBe(11236536);
});

test('e1 has its text unescaped', () => {
  const meta = decodeFullMeta(readGolden('e1', 'full_meta.json'));
  expect(meta.collection_backups[0]?.schema.fields[0]?.description).toBe('pk <b> & "q" é \u2028 end');
});

test('a backup of 0.4.30 is read, and only what 0.5 no longer writes is lost', () => {
  const files = readGoldenFiles('old4');
  const meta = decodeFullMeta(files['full_meta.json']);
  expect(meta.state_code).toBe(2);
  const segments = meta.collection_backups[0]?.partition_backups[0]?.segment_backups ?? [];
  expect(segments.map((segment) => [segment.num_of_rows, segment.backuped])).toEqual([
    [155, true],
    [145, true],
  ]);
  const full = encodeMetaFiles(meta).find((file) => file.name === 'full_meta.json');
  // 0.4 always wrote the collection's own state, which was always 0
  const expected = dropOldKeys(files['full_meta.json']).replace(/("id":"[^"]*"),"state_code":0/g, '$1');
  expect(parse(Buffer.from(full?.bytes ?? []).toString())).toEqual(parse(expected));

  const joined = decodeLevelled({
    backup: files['backup_meta.json'],
    collection: files['collection_meta.json'],
    partition: files['partition_meta.json'],
    segment: files['segment_meta.json'],
  });
  expect(joined).toEqual(meta);
});
