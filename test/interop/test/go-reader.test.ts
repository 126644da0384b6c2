import { describe, expect, it } from 'vitest';
import { checkOrder, readLikeGo } from './harness/go-reader.js';
import { objectOf, readGolden } from './harness/golden.js';
import { parseMeta, writeLikeGo } from './harness/meta-json.js';
import { type MetaFile, metaFiles } from './harness/proto-table.js';

/** The strict reader that stands in for the Go tool must take what that tool wrote, and refuse what it refuses. */
describe('the reader with the rules of the Go tool', () => {
  const files = Object.keys(metaFiles) as MetaFile[];
  const bytes = (text: string): Uint8Array => Buffer.from(text);

  for (const name of ['b1', 'e1', 'mo', 'old4'] as const) {
    it.each(files)(`takes ${name}/%s, written as the rules say`, async (file) => {
      const golden = objectOf((await readGolden(name)).objects, `meta/${file}`);
      readLikeGo(file, golden);
      expect(checkOrder(file, golden)).toEqual([]);
      expect(writeLikeGo(parseMeta(golden))).toBe(golden.toString('utf8'));
    });
  }

  it.each([
    ['an unknown key', '{"id":"x","ours":{"a":[1.5]}}'],
    ['null', '{"id":null,"size":null,"collection_backups":null}'],
    ['keys in another case', '{"ID":"x","SIZE":3}'],
    ['nothing', '{}'],
  ])('takes %s', (_what, text) => {
    expect(() => readLikeGo('full_meta.json', bytes(text))).not.toThrow();
  });

  it.each([
    ['an integer as text', '{"size":"3"}'],
    ['the name of an enum', '{"state_code":"BACKUP_SUCCESS"}'],
    ['a fraction', '{"size":1.5}'],
    ['an id beyond 64 bits', '{"collection_backups":[{"collection_id":9223372036854775808}]}'],
    ['a negative timestamp', '{"backup_timestamp":-1}'],
    ['a text as list', '{"physical_channel_names":"x"}'],
    ['a truncated file', '{"size":3'],
  ])('refuses %s', (_what, text) => {
    expect(() => readLikeGo('full_meta.json', bytes(text))).toThrow();
  });
});
