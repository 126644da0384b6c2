import { BackupError } from '../errors/index.js';
import type { GoJson, GoStruct } from './go-json.js';
import { isWideInteger, readWideInteger } from './wide-json.js';

/** Where a value stands: the file, then keys and list places. One array, pushed and popped on the way. */
export type JsonPath = (string | number)[];

/** How one kind of value goes from the peer's JSON to ours and back. */
export interface Codec<V> {
  /** What a missing key or `null` means. Frozen, shared. */
  readonly zero: V;
  /** Whether the peer leaves the value out. */
  isZero(value: V): boolean;
  /** @throws BackupError `META_UNREADABLE` naming the path, for a value of another kind */
  decode(json: unknown, path: JsonPath): V;
  encode(value: V): GoJson;
}

export const text: Codec<string> = {
  zero: '',
  isZero: (value) => value === '',
  decode: (json, path) =>
    typeof json === 'string' && !isWideInteger(json) ? json : reject(path, 'a string', json),
  encode: (value) => value,
};

export const flag: Codec<boolean> = {
  zero: false,
  isZero: (value) => !value,
  decode: (json, path) => (typeof json === 'boolean' ? json : reject(path, 'true or false', json)),
  encode: (value) => value,
};

/** int64: ids. */
export const int64 = wideCodec(-(2n ** 63n), 2n ** 63n - 1n);
/** uint64: timestamps. */
export const uint64 = wideCodec(0n, 2n ** 64n - 1n);
/** int32: shards and enums, which the peer writes as numbers. */
export const int32 = narrowCodec(-(2 ** 31), 2 ** 31 - 1);
/** int64 of bytes or rows: a number in memory, so at most 2^53. */
export const count = narrowCodec(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

function wideCodec(least: bigint, most: bigint): Codec<bigint> {
  const expected = `a whole number from ${least} to ${most}`;
  return {
    zero: 0n,
    isZero: (value) => value === 0n,
    decode: (json, path) => {
      const value = Number.isSafeInteger(json) ? BigInt(Number(json)) : readWideInteger(json);
      return value !== null && value >= least && value <= most ? value : reject(path, expected, json);
    },
    encode: (value) => value,
  };
}

function narrowCodec(least: number, most: number): Codec<number> {
  const expected = `a whole number from ${least} to ${most}`;
  return {
    zero: 0,
    isZero: (value) => value === 0,
    decode: (json, path) => {
      const value = typeof json === 'number' ? json : Number(readWideInteger(json) ?? Number.NaN);
      const fits = Number.isSafeInteger(value) && value >= least && value <= most;
      return fits ? value : reject(path, expected, json);
    },
    encode: (value) => value,
  };
}

/** A key the peer writes even when its value is zero. */
export function kept<V>(codec: Codec<V>): Codec<V> {
  return { ...codec, isZero: () => false };
}

/** A message that may be absent, which differs from an empty one. */
export function optional<V>(codec: Codec<V>): Codec<V | null> {
  return {
    zero: null,
    isZero: (value) => value === null,
    decode: (json, path) => codec.decode(json, path),
    encode: (value) => (value === null ? null : codec.encode(value)),
  };
}

export function list<V>(item: Codec<V>): Codec<readonly V[]> {
  return {
    zero: Object.freeze([]),
    isZero: (value) => value.length === 0,
    decode: (json, path) => {
      if (!Array.isArray(json)) return reject(path, 'a list', json);
      return json.map((entry: unknown, index) => {
        path.push(index);
        const value = entry === null ? item.zero : item.decode(entry, path);
        path.pop();
        return value;
      });
    },
    encode: (value) => value.map((entry) => item.encode(entry)),
  };
}

/** string → string. Without a prototype, so that a key such as `__proto__` is a key and nothing else. */
export const textMap: Codec<Readonly<Record<string, string>>> = {
  zero: Object.freeze(emptyRecord<string>()),
  isZero: (value) => Object.keys(value).length === 0,
  decode: (json, path) => {
    const map = emptyRecord<string>();
    for (const [key, value] of entriesOf(json, path)) {
      path.push(key);
      map[key] = value === null ? '' : text.decode(value, path);
      path.pop();
    }
    return map;
  },
  encode: (value) => new Map(Object.entries(value)),
};

/** One codec per key, in the order in which the peer writes them. */
export type Rules<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** A struct of the peer: keys match without case, unknown ones are passed over, zero values are not written. */
export interface MessageCodec<T> extends Codec<T> {
  encode(value: T): GoStruct;
  /** The message with these keys set and the others zero. */
  make(partial: Partial<T>): T;
}

export function message<T extends object>(rules: Rules<T>): MessageCodec<T> {
  const fields = Object.entries(rules) as [keyof T & string, Codec<unknown>][];
  const byKey = new Map<string, readonly [keyof T & string, Codec<unknown>]>();
  for (const field of fields) byKey.set(field[0].toLowerCase(), field).set(field[0], field);
  const zero = Object.freeze(Object.fromEntries(fields.map(([key, codec]) => [key, codec.zero]))) as T;

  return {
    zero,
    make: (partial) => ({ ...zero, ...partial }),
    isZero: (value) => fields.every(([key, codec]) => value[key] === undefined || codec.isZero(value[key])),
    decode: (json, path) => {
      const value: { [K in keyof T]: unknown } = { ...zero };
      for (const [key, entry] of entriesOf(json, path)) {
        const field = byKey.get(key) ?? byKey.get(key.toLowerCase());
        if (!field) continue;
        const [name, codec] = field;
        path.push(key);
        value[name] = entry === null ? codec.zero : codec.decode(entry, path);
        path.pop();
      }
      return value as T;
    },
    encode: (value) => {
      const struct: Record<string, GoJson> = {};
      for (const [key, codec] of fields) {
        if (value[key] === undefined || codec.isZero(value[key])) continue;
        struct[key] = codec.encode(value[key]);
      }
      return struct;
    },
  };
}

/** The metadata cannot be used: says where and what stands there. */
export function unreadable(path: JsonPath, problem: string, cause?: unknown): BackupError {
  const [file, ...rest] = path;
  const place = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return new BackupError({
    code: 'META_UNREADABLE',
    message: `${file}${place === '' ? '' : ` at $${place}`}: ${problem}`,
    remedy:
      'the file is damaged or was made by another tool: copy it again from its source, or use another backup',
    cause,
    details: { file: String(file), path: `$${place}` },
  });
}

function reject(path: JsonPath, expected: string, found: unknown): never {
  throw unreadable(path, `expected ${expected}, found ${describe(found)}`);
}

function describe(value: unknown): string {
  const wide = readWideInteger(value);
  if (wide !== null) return `the number ${wide}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const shown = JSON.stringify(value) ?? String(value);
  return `the ${typeof value} ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`;
}

function entriesOf(json: unknown, path: JsonPath): [string, unknown][] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return reject(path, 'an object', json);
  }
  return Object.entries(json);
}

function emptyRecord<V>(): Record<string, V> {
  return Object.create(null);
}
