import { BackupError } from '../errors/index.js';
import { type ManifestItem, type ManifestLine, manifestLineSchema } from './types.js';

const lineFeed = 0x0a;

/**
 * The lines of a text of any length, without their line feeds; memory is bounded by the longest line allowed.
 * @param maxBytes of one line
 * @throws BackupError `META_UNREADABLE` for a longer one, or when the text does not end with a line feed
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  key: string,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      yield Buffer.concat([rest, chunk.subarray(from, at)]);
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
    if (rest.length > maxBytes) throw unreadable(key, `has a line of more than ${maxBytes} bytes`);
  }
  if (rest.length > 0) throw unreadable(key, 'ends in the middle of a line');
}

export function encodeLine(value: ManifestLine): string {
  return `${JSON.stringify(value)}\n`;
}

/** @throws BackupError `META_UNREADABLE` */
export function decodeLine(text: string, number: number, key: string): ManifestLine {
  try {
    return manifestLineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(key, `cannot be read in line ${number}`, cause);
  }
}

/** Items without head and end, as a piece of a journal holds them. */
export function encodeItems(items: readonly ManifestItem[]): Uint8Array {
  return Buffer.from(items.map(encodeLine).join(''));
}

/** @throws BackupError `META_UNREADABLE` */
export function decodeItems(text: string, key: string): ManifestItem[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw unreadable(key, 'ends in the middle of a line');
  return lines.map((line, at) => {
    const item = decodeLine(line, at + 1, key);
    if (item.type === 'object' || item.type === 'segment') return item;
    throw unreadable(key, `holds a line of type ${item.type}`);
  });
}

export function unreadable(key: string, what: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'META_UNREADABLE',
    message: `${key} ${what}`,
    remedy: 'the object is damaged; another copy of the backup may be whole',
    details: { key },
    ...(cause === undefined ? {} : { cause }),
  });
}
