import { createHash } from 'node:crypto';
import { encodeLine } from './lines.js';
import type { ManifestItem } from './types.js';

/** Bytes gathered before they are handed on: a line by itself is too small for a stream. */
const chunkBytes = 64 * 1024;

/**
 * The bytes of a manifest: one JSON object a line, a head, the items as they come, and an end that counts them and carries
 * the checksum of all before it. Memory does not grow with the number of items.
 * @param backup its id
 */
export async function* encodeManifest(
  backup: string,
  items: Iterable<ManifestItem> | AsyncIterable<ManifestItem>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const sum = { objects: 0, bytes: 0, segments: 0, rows: 0 };
  let text = encodeLine({ type: 'manifest', version: 1, backup });
  for await (const item of items) {
    if (item.type === 'object') {
      sum.objects += 1;
      sum.bytes += item.size;
    } else {
      sum.segments += 1;
      sum.rows += item.rows;
    }
    text += encodeLine(item);
    if (text.length < chunkBytes) continue;
    const bytes = Buffer.from(text);
    hash.update(bytes);
    yield bytes;
    text = '';
  }
  hash.update(text);
  yield Buffer.from(text + encodeLine({ type: 'end', ...sum, sha256: hash.digest('hex') }));
}
