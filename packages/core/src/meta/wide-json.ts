/**
 * JSON with integers beyond 2^53. Metadata of a large backup has a million values, and a parser written in JavaScript needs
 * seven times the time and the memory of `JSON.parse` for it (lossless-json: 1.5 s and 560 MB for 32 MB, here 0.2 s and
 * 75 MB); reviver access to the source text comes only with Node 21. So integers of 16 digits and more are quoted and
 * marked first, and the engine parses the rest.
 */

/** Half a surrogate pair: no text decoded from UTF-8 holds one, so no string of a file can pass for an integer. */
const mark = '\ud800';
/** The mark as an escape: the text stays in one-byte strings. */
const quotedMark = '"\\ud800';
const wideDigits = 16;
/** A 64-bit integer has at most 20 digits; turning millions of them into a bigint would take minutes. */
const mostDigits = 64;
/** Of objects and lists in one another. A file of brackets alone would take the engine fifty times its size in memory. */
const deepest = 512;
const wideInteger = /^-?[1-9]\d*$/;

/**
 * @returns plain JSON values in which a wide integer is what {@link readWideInteger} knows
 * @throws SyntaxError for text that is no JSON, or nests deeper than any metadata
 */
export function parseWideJson(text: string): unknown {
  return JSON.parse(quoteWideIntegers(text));
}

/**
 * As `JSON.parse`, for our own files, which have no wide integers.
 * @throws SyntaxError for text that is no JSON, or nests deeper than any of them
 */
export function parseShallowJson(text: string): unknown {
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    depth += levelsOf(code);
    if (depth > deepest) throw tooDeep();
    at = code === codes.quote ? skipString(text, at) : at + 1;
  }
  return JSON.parse(text);
}

/** The integer behind a marked value; `null` for every other value. */
export function readWideInteger(value: unknown): bigint | null {
  return isWideInteger(value) ? BigInt(value.slice(mark.length)) : null;
}

export function isWideInteger(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(mark) && wideInteger.test(value.slice(mark.length));
}

function quoteWideIntegers(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === codes.quote) {
      at = skipString(text, at);
    } else if (code === codes.minus || isDigit(code)) {
      const end = skipNumber(text, at);
      if (end - at >= wideDigits && end - at <= mostDigits && wideInteger.test(text.slice(at, end))) {
        pieces.push(text.slice(copied, at), quotedMark, text.slice(at, end), '"');
        copied = end;
      }
      at = end;
    } else {
      depth += levelsOf(code);
      if (depth > deepest) throw tooDeep();
      at += 1;
    }
  }
  if (pieces.length === 0) return text;
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** @returns the place after the closing quote, or the end of a text that lacks one */
function skipString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === codes.backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function skipNumber(text: string, start: number): number {
  let end = start + 1;
  while (isNumberPart(text.charCodeAt(end))) end += 1;
  return end;
}

const codes = {
  quote: 0x22,
  plus: 0x2b,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  upperE: 0x45,
  lowerE: 0x65,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

function levelsOf(code: number): number {
  if (code === codes.openBracket || code === codes.openBrace) return 1;
  return code === codes.closeBracket || code === codes.closeBrace ? -1 : 0;
}

const tooDeep = (): SyntaxError => new SyntaxError(`it nests deeper than ${deepest} levels`);

function isDigit(code: number): boolean {
  return code >= codes.zero && code <= codes.nine;
}

function isNumberPart(code: number): boolean {
  return (
    isDigit(code) ||
    code === codes.dot ||
    code === codes.lowerE ||
    code === codes.upperE ||
    code === codes.plus ||
    code === codes.minus
  );
}
