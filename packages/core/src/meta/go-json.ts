import { BackupError } from '../errors/index.js';

/**
 * What {@link encodeGoJson} writes. An object is a struct: its keys stay in the order given, `undefined` ones are left out.
 * A `Map` is a Go map: its keys are sorted.
 */
export type GoJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly GoJson[]
  | ReadonlyMap<string, GoJson>
  | GoStruct;

export interface GoStruct {
  readonly [key: string]: GoJson | undefined;
}

/** Pieces joined at once: joining flattens them, so that a large text is no tree of a million strings. */
const piecesPerChunk = 16_384;

/**
 * JSON text as Go's `encoding/json` writes it: bare integers of any width, `<`, `>`, `&`, U+2028 and U+2029 escaped,
 * map keys in byte order, compact unless an indent is given.
 * @param indent one level of indentation, such as four spaces
 * @throws BackupError `INTERNAL` for a number that JSON cannot hold
 */
export function encodeGoJson(value: GoJson, indent = ''): string {
  const writer = new Writer(indent);
  writer.write(value, '\n');
  return writer.finish();
}

class Writer {
  readonly #indent: string;
  readonly #chunks: string[] = [];
  #pieces: string[] = [];

  constructor(indent: string) {
    this.#indent = indent;
  }

  finish(): string {
    this.#flush();
    return this.#chunks.join('');
  }

  write(value: GoJson, newline: string): void {
    if (typeof value === 'string') this.#push(quote(value));
    else if (typeof value === 'number') this.#push(formatNumber(value));
    else if (typeof value !== 'object' || value === null) this.#push(String(value));
    else if (isList(value)) this.#writeList(value, newline);
    else if (isMap(value)) this.#writeEntries(sortEntries(value), newline);
    else this.#writeEntries(Object.entries(value), newline);
  }

  #writeList(list: readonly GoJson[], newline: string): void {
    const inner = newline + this.#indent;
    let first = true;
    for (const item of list) {
      this.#push(first ? '[' : ',');
      first = false;
      if (this.#indent) this.#push(inner);
      this.write(item, inner);
    }
    this.#close(first ? '[' : null, ']', newline);
  }

  #writeEntries(entries: readonly (readonly [string, GoJson | undefined])[], newline: string): void {
    const inner = newline + this.#indent;
    let first = true;
    for (const [key, item] of entries) {
      if (item === undefined) continue;
      this.#push(first ? '{' : ',');
      first = false;
      if (this.#indent) this.#push(inner);
      this.#push(quote(key), this.#indent ? ': ' : ':');
      this.write(item, inner);
    }
    this.#close(first ? '{' : null, '}', newline);
  }

  #close(opening: string | null, closing: string, newline: string): void {
    if (opening !== null) this.#push(opening);
    else if (this.#indent) this.#push(newline);
    this.#push(closing);
  }

  #push(...pieces: readonly string[]): void {
    for (const piece of pieces) this.#pieces.push(piece);
    if (this.#pieces.length >= piecesPerChunk) this.#flush();
  }

  #flush(): void {
    this.#chunks.push(this.#pieces.join(''));
    this.#pieces = [];
  }
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** Printable ASCII without what needs an escape: most of a backup's strings, quoted without another look. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;

function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  // Go strings are UTF-8: half a surrogate pair cannot stand in one and would be written as U+FFFD
  const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return JSON.stringify(wellFormed).replace(/[<>&\u2028\u2029]/g, (char) => escapes[char] ?? char);
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new BackupError({ code: 'INTERNAL', message: `the number ${value} has no form in JSON` });
  }
  return String(value);
}

/** By bytes of UTF-8, as Go sorts; JavaScript's own order differs outside the basic plane. */
function sortEntries(map: ReadonlyMap<string, GoJson>): [string, GoJson][] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isList(value: object): value is readonly GoJson[] {
  return Array.isArray(value);
}

function isMap(value: object): value is ReadonlyMap<string, GoJson> {
  return value instanceof Map;
}
