import fc from 'fast-check';
import { parse } from 'lossless-json';
import { expect, test } from 'vitest';
import { isWideInteger, parseShallowJson, parseWideJson, readWideInteger } from '../../src/meta/wide-json.js';

/** The values with every marked integer read. */
function readAll(value: unknown): unknown {
  if (isWideInteger(value)) return readWideInteger(value);
  if (Array.isArray(value)) return value.map(readAll);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, readAll(entry)]));
  }
  return value;
}

/** Texts that are hard for a scanner: quotes, backslashes, digits and structure. */
const hardText = fc.string({
  unit: fc.constantFrom('"', '\\', ',', ':', '[', '1234567890123456789', '-', 'a'),
});
const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const node = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, hardText, wide, fc.boolean(), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(hardText, tie('value'), { maxKeys: 4 }),
})).value;

function write(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[ ${value.map(write).join(' ,')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${write(entry)}`)}}`;
  }
  return JSON.stringify(value);
}

const digitsToValue = (digits: string): unknown =>
  /^-?[1-9]\d*$/.test(digits) && digits.length >= 16 ? BigInt(digits) : Number(digits);

test('reads what a parser with a number hook reads', () => {
  fc.assert(
    fc.property(node, (value) => {
      const text = write(value);
      expect(readAll(parseWideJson(text))).toEqual(parse(text, null, digitsToValue));
    }),
    { numRuns: 500 },
  );
});

test('accepts and refuses the same texts as the engine', () => {
  const near = fc.tuple(fc.json(), fc.nat(30), fc.string({ maxLength: 3 })).map(([text, at, put]) => {
    return text.slice(0, at) + put + text.slice(at);
  });
  fc.assert(
    fc.property(fc.oneof(near, fc.json(), hardText), (text) => {
      expect(attempt(() => parseWideJson(text))).toBe(attempt(() => JSON.parse(text)));
    }),
    { numRuns: 1000 },
  );
});

test.each([parseWideJson, parseShallowJson])('nests as deep as metadata may, and no deeper', (parse) => {
  const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}"[[["${'}]'.repeat(levels / 2)}`;
  expect(parse(nested(512))).toEqual(JSON.parse(nested(512)));
  expect(parse(`[${'[],'.repeat(2_000)}1]`)).toHaveLength(2_001);
  expect(() => parse(nested(514))).toThrow(SyntaxError);
  // The engine would take gigabytes for it.
  expect(() => parse('['.repeat(50_000_000))).toThrow(/512 levels/);
});

function attempt(run: () => unknown): 'read' | 'refused' {
  try {
    run();
    return 'read';
  } catch {
    return 'refused';
  }
}
