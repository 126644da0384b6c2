import { BackupError } from '../errors/index.js';

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

export function unreadable(key: string, what: string, cause?: unknown): BackupError {
  return new BackupError({
    code: 'META_UNREADABLE',
    message: `${key} ${what}`,
    remedy: 'the object is damaged; another copy of the backup may be whole',
    details: { key },
    ...(cause === undefined ? {} : { cause }),
  });
}
