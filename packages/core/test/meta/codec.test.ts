import fc from 'fast-check';
import { parse } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors/index.js';
import {
  type BackupMeta,
  decodeFullMeta,
  encodeGoJson,
  encodeMetaFile,
  encodeMetaFiles,
  makeBackup,
  makeBinlog,
  makeCollection,
  makeFieldBinlog,
  makePartition,
  makeRbac,
  makeSegment,
} from '../../src/meta/index.js';

const fullText = (meta: BackupMeta): string => Buffer.from(encodeMetaFile(meta, 'full_meta.json')).toString();

function failure(text: string): { code: string; message: string; remedy: string | undefined; path: unknown } {
  try {
    decodeFullMeta(text);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return { code: error.code, message: error.message, remedy: error.remedy, path: error.details.path };
  }
  throw new Error('the text was read');
}

describe('writing', () => {
  test('zero values are left out but for those the peer always writes', () => {
    expect(fullText(makeBackup({}))).toBe('{"state_code":0,"size":0}');
    const segment = makeSegment({
      deltalogs: [makeFieldBinlog({})],
      binlogs: [makeFieldBinlog({ binlogs: [makeBinlog({})] })],
    });
    const meta = makeBackup({
      collection_backups: [
        makeCollection({ partition_backups: [makePartition({ segment_backups: [segment] })] }),
      ],
    });
    expect(fullText(meta)).toBe(
      '{"state_code":0,"collection_backups":[{"partition_backups":[{"segment_backups":[{"binlogs":[{"binlogs":[{"log_size":0}]}],"deltalogs":[{}],"size":0}],"size":0}],"size":0,"has_index":false}],"size":0}',
    );
  });

  test('empty lists give the two bytes {}', () => {
    const files = encodeMetaFiles(makeBackup({ name: 'x' }));
    expect(files.map((file) => [file.name, Buffer.from(file.bytes).toString()])).toEqual([
      ['collection_meta.json', '{}'],
      ['partition_meta.json', '{}'],
      ['segment_meta.json', '{}'],
      ['full_meta.json', '{"state_code":0,"name":"x","size":0}'],
      ['backup_meta.json', '{"state_code":0,"name":"x","size":0}'],
    ]);
  });

  test('l0 segments and segments are only where the peer has them', () => {
    const l0 = makeSegment({ segment_id: 9n, partition_id: -1n, is_l0: true });
    const meta = makeBackup({
      collection_backups: [makeCollection({ collection_id: 1n, l0_segments: [l0] })],
    });
    const files = Object.fromEntries(
      encodeMetaFiles(meta).map((file) => [file.name, Buffer.from(file.bytes).toString()]),
    );
    expect(files['collection_meta.json']).not.toContain('l0_segments');
    expect(files['segment_meta.json']).toBe('{}');
    expect(files['full_meta.json']).toContain(
      '"l0_segments":[{"segment_id":9,"partition_id":-1,"size":0,"is_l0":true}]',
    );
  });

  test('an empty rbac message differs from none, and grants keep their sub-messages', () => {
    expect(fullText(makeBackup({ rbac_meta: makeRbac({}) }))).toContain('"rbac_meta":{}');
    const grant = {
      role: { name: 'r' },
      object: { name: '' },
      object_name: '*',
      grantor: { user: { name: '' }, privilege: { name: 'Query' } },
      db_name: '',
    };
    expect(fullText(makeBackup({ rbac_meta: makeRbac({ grants: [grant] }) }))).toContain(
      '"grants":[{"role":{"name":"r"},"object":{},"object_name":"*","grantor":{"user":{},"privilege":{"name":"Query"}}}]',
    );
  });

  test('map keys are in byte order', () => {
    const meta = makeBackup({
      flush_all_msgs_base64: { b: '1', '10': '2', '9': '3', '\u{1f600}': '4', '\uffee': '5' },
    });
    expect(fullText(meta)).toContain('{"10":"2","9":"3","b":"1","\uffee":"5","\u{1f600}":"4"}');
  });
});

describe('Go JSON', () => {
  test('escapes', () => {
    expect(encodeGoJson('<a>&\u2028\u2029"\\/\b\f\n\r\t\u0001\u007fé\ud800x')).toBe(
      '"\\u003ca\\u003e\\u0026\\u2028\\u2029\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007fé\ufffdx"',
    );
  });

  test('every text survives, and stays one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = encodeGoJson({ [text]: text });
        expect(JSON.parse(json)).toEqual({ [text]: text });
        expect(json).not.toMatch(/[<>&\u2028\u2029\n]/);
      }),
    );
  });

  test('integers of any width are bare; undefined is left out', () => {
    expect(
      encodeGoJson({ a: 470635130682481644n, b: undefined, c: [], d: {}, e: null, f: -1, g: new Map() }),
    ).toBe('{"a":470635130682481644,"c":[],"d":{},"e":null,"f":-1,"g":{}}');
  });

  test('indented', () => {
    const value = { a: [1n, { b: 'x' }], c: [], d: {} };
    expect(encodeGoJson(value, '    ')).toBe(JSON.stringify({ a: [1, { b: 'x' }], c: [], d: {} }, null, 4));
  });

  test('no number that is none', () => {
    expect(() => encodeGoJson(Number.NaN)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('reading with the tolerance of the peer', () => {
  test.each([
    ['unknown keys', '{"x":1,"nested":{"y":[1.5,1e400,12345678901234567890123.5]},"name":"n"}', 'n'],
    ['keys of another case', '{"NAME":"n"}', 'n'],
    ['null', '{"name":null}', ''],
    ['missing keys', '{}', ''],
    ['duplicates, the last wins', '{"name":"a","name":"n"}', 'n'],
    ['white space', ' {\n"name" :\t"n" } \n', 'n'],
  ])('%s', (_, text, name) => {
    expect(decodeFullMeta(text)).toEqual(makeBackup({ name }));
  });

  test('null inside lists and for messages', () => {
    const meta = decodeFullMeta(
      '{"collection_backups":[null,{"schema":null,"partition_backups":null}],"rbac_meta":null}',
    );
    expect(meta.collection_backups).toEqual([makeCollection({}), makeCollection({})]);
    expect(meta.rbac_meta).toBeNull();
  });

  test('a key that names a prototype stays a key', () => {
    const meta = decodeFullMeta(
      '{"__proto__":{"name":"evil"},"constructor":1,"flush_all_msgs_base64":{"__proto__":"a","toString":"b"}}',
    );
    expect(meta.name).toBe('');
    expect(Object.getPrototypeOf(meta)).toBe(Object.prototype);
    expect(Object.keys(meta.flush_all_msgs_base64)).toEqual(['__proto__', 'toString']);
    expect(meta.flush_all_msgs_base64.constructor).toBeUndefined();
    expect(fullText(meta)).toContain('{"__proto__":"a","toString":"b"}');
    expect(({} as { name?: string }).name).toBeUndefined();
  });

  test('integers inside strings stay text', () => {
    const description = '":470635130682481644, \\"470635130682481644\\" [1234567890123456789]';
    const text = `{"name":${JSON.stringify(description)},"backup_timestamp":470635130682481644}`;
    const meta = decodeFullMeta(text);
    expect(meta.name).toBe(description);
    expect(meta.backup_timestamp).toBe(470635130682481644n);
  });
});

describe('what is refused names the file and the place', () => {
  test.each([
    ['{"size":"12"}', '$.size', /expected a whole number .*, found the string "12"/],
    ['{"state_code":"SUCCESS"}', '$.state_code', /found the string "SUCCESS"/],
    ['{"size":1.5}', '$.size', /found the number 1.5/],
    ['{"size":9007199254740993}', '$.size', /found the number 9007199254740993/],
    ['{"backup_timestamp":-1}', '$.backup_timestamp', /from 0 to 18446744073709551615/],
    ['{"backup_timestamp":18446744073709551616}', '$.backup_timestamp', /found/],
    ['{"name":470635130682481644}', '$.name', /expected a string, found the number 470635130682481644/],
    ['{"name":7}', '$.name', /expected a string, found the number 7/],
    ['{"collection_backups":{}}', '$.collection_backups', /expected a list, found an object/],
    [
      '{"collection_backups":[{},{"collection_id":"470635130682481644"}]}',
      '$.collection_backups[1].collection_id',
      /found the string "470635130682481644"/,
    ],
    [
      '{"collection_backups":[{"collection_id":"\\ud800x"}]}',
      '$.collection_backups[0].collection_id',
      /expected a whole number/,
    ],
    ['{"collection_backups":[{"has_index":0}]}', '$.collection_backups[0].has_index', /true or false/],
    ['{"flush_all_msgs_base64":{"k":1}}', '$.flush_all_msgs_base64.k', /expected a string/],
    ['null', '$', /expected an object/],
    ['[]', '$', /expected an object, found a list/],
    ['', '$', /no whole JSON text/],
    ['{"name":"x"', '$', /no whole JSON text/],
    ['{"size":0123456789012345678}', '$', /no whole JSON text/],
    ['{"name":"x"} x', '$', /no whole JSON text/],
    ['{"name":"x\\"', '$', /no whole JSON text/],
    ['['.repeat(100_000), '$', /no whole JSON text/],
  ])('%.40s', (text, path, message) => {
    const found = failure(text);
    expect(found.code).toBe('META_UNREADABLE');
    expect(found.path).toBe(path);
    expect(found.message).toMatch(/^full_meta\.json/);
    expect(found.message).toMatch(message);
    expect(found.remedy).toBeTruthy();
  });

  test('no text throws anything but a BackupError', () => {
    const meta = fullText(
      makeBackup({ name: 'n', collection_backups: [makeCollection({ collection_id: 2n ** 62n })] }),
    );
    const broken = fc.tuple(fc.nat(meta.length), fc.nat(6), fc.string()).map(([at, cut, put]) => {
      return meta.slice(0, at) + put + meta.slice(at + cut);
    });
    fc.assert(
      fc.property(fc.oneof(broken, fc.json(), fc.string()), (text) => {
        try {
          decodeFullMeta(text);
        } catch (error) {
          expect(isBackupError(error)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const bigId = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n });
const size = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const fieldBinlogs = fc.array(
  fc.record({
    fieldID: bigId,
    binlogs: fc.array(fc.record({ log_path: anyText, log_size: size, log_id: bigId }), { maxLength: 3 }),
  }),
  { maxLength: 3 },
);
const segments = fc.array(
  fc
    .record({
      segment_id: bigId,
      num_of_rows: size,
      binlogs: fieldBinlogs,
      deltalogs: fieldBinlogs,
      is_l0: fc.boolean(),
    })
    .map((one) => makeSegment(one)),
  { maxLength: 3 },
);
const tree = fc
  .record({
    name: anyText,
    backup_timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    flush_all_msgs_base64: fc.dictionary(anyText, anyText, { noNullPrototype: false }),
    collection_backups: fc.array(
      fc
        .record({
          collection_id: bigId,
          collection_name: anyText,
          l0_segments: segments,
          partition_backups: fc.array(
            segments.map((segment_backups) => makePartition({ segment_backups })),
            { maxLength: 2 },
          ),
        })
        .map((one) => makeCollection(one)),
      { maxLength: 3 },
    ),
  })
  .map((one) => makeBackup(one));

test('any tree survives writing and reading, and the text is what a second parser reads', () => {
  fc.assert(
    fc.property(tree, (meta) => {
      const text = fullText(meta);
      expect(decodeFullMeta(text)).toEqual(meta);
      const other = parse(text, null, (digits) => BigInt(digits)) as Record<string, unknown>;
      expect(other.backup_timestamp ?? 0n).toBe(meta.backup_timestamp);
      expect(other.name ?? '').toBe(meta.name);
    }),
  );
});
