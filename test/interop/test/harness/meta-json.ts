import { parse } from 'lossless-json';

/**
 * Reads a metadata file with every integer as `bigint` and keys in the order of the file, so that nothing of the
 * text is lost. This is the tests' own reader: none of core's code decides what a file holds.
 */
export function parseMeta<T>(bytes: Uint8Array): T {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return parse(text, undefined, {
    parseNumber: (token) => (/^-?\d+$/.test(token) ? BigInt(token) : Number(token)),
  }) as T;
}

/**
 * The text that Go's `encoding/json` writes for a tree of {@link parseMeta}: one line, no spaces, bare integers,
 * and its escapes. A file that is equal to this text of its own content follows all rules of encoding.
 */
export function writeLikeGo(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeLikeGo).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${writeText(key)}:${writeLikeGo(member)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  throw new Error(`no file of a backup holds ${JSON.stringify(value)}`);
}

function writeText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
