import { parseMeta } from './meta-json.js';
import { type MetaFile, messages, metaFiles } from './proto-table.js';

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  enum: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/**
 * Reads a metadata file by the rules of the Go tool's reader: unknown keys are passed over, `null` is unset, keys
 * match in any case, and a value of another JSON type ends the reading.
 * @throws Error where the Go tool would refuse the file
 */
export function readLikeGo(file: MetaFile, bytes: Uint8Array): void {
  readMessage(metaFiles[file], parseMeta(bytes), file);
}

function readMessage(name: string, value: unknown, path: string): void {
  const fields = messages[name];
  if (fields === undefined) throw new Error(`the table has no message ${name}`);
  const types = new Map(Object.entries(fields).map(([key, type]) => [key.toLowerCase(), type]));
  for (const [key, member] of Object.entries(expectObject(value, path))) {
    const type = types.get(key.toLowerCase());
    if (type !== undefined && member !== null) readValue(type, member, `${path}.${key}`);
  }
}

function readValue(type: string, value: unknown, path: string): void {
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) throw refused(path, 'a list', value);
    value.forEach((item, index) => {
      if (item !== null) readValue(type.slice(2), item, `${path}[${index}]`);
    });
    return;
  }
  const range = ranges[type];
  if (range !== undefined) {
    const fits = typeof value === 'bigint' && value >= range[0] && value <= range[1];
    if (!fits) throw refused(path, type, value);
  } else if (type === 'string' || type === 'bool') {
    if (typeof value !== (type === 'bool' ? 'boolean' : type)) throw refused(path, type, value);
  } else if (type === 'map') {
    for (const [key, member] of Object.entries(expectObject(value, path))) {
      if (member !== null) readValue('string', member, `${path}.${key}`);
    }
  } else {
    readMessage(type, value, path);
  }
}

function expectObject(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refused(path, 'an object', value);
}

function refused(path: string, wanted: string, value: unknown): Error {
  return new Error(`${path}: the Go tool wants ${wanted}, the file has ${typeof value} ${String(value)}`);
}

/**
 * Strings that a table has but the file writes in another order, or names that no message has: the Go tool's
 * writer gives the declared order and nothing else.
 * @returns what is wrong, in words
 */
export function checkOrder(file: MetaFile, bytes: Uint8Array): string[] {
  const problems: string[] = [];
  const visit = (type: string, value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(type.slice(2), item, path);
      return;
    }
    const fields = messages[type];
    if (fields === undefined || typeof value !== 'object' || value === null) return;
    const known = Object.keys(fields);
    const places = Object.keys(value).map((key) => known.indexOf(key));
    if (places.some((place, index) => place < 0 || place <= (places[index - 1] ?? -1))) {
      problems.push(`${path}: ${Object.keys(value).join(', ')}`);
    }
    for (const [key, member] of Object.entries(value)) visit(fields[key] ?? '', member, `${path}.${key}`);
  };
  visit(metaFiles[file], parseMeta(bytes), file);
  return [...new Set(problems)];
}
