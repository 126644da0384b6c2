import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '../driver/capabilities.js';

/** A checksum in the making, as stores write it: base64, numbers with the highest byte first. */
export interface Digest {
  readonly algorithm: ChecksumAlgorithm;
  update(chunk: Uint8Array): void;
  /** May be asked for at any time. */
  value(): string;
}

/**
 * `undefined` for an algorithm that is not computed here: crc64 has no implementation that more than one store's SDK shares.
 * CRCs are native code: plain JavaScript would cost more than the network.
 */
export async function createDigest(algorithm: ChecksumAlgorithm): Promise<Digest | undefined> {
  switch (algorithm) {
    case 'md5': {
      const hash = createHash('md5');
      return {
        algorithm,
        update: (chunk) => void hash.update(chunk),
        value: () => hash.copy().digest('base64'),
      };
    }
    case 'crc32':
    case 'crc32c': {
      // On first use: a run that streams nothing does without.
      const step = (await import('@node-rs/crc32'))[algorithm];
      let state = 0;
      return {
        algorithm,
        update(chunk) {
          state = step(bufferOver(chunk), state);
        },
        value() {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32BE(state);
          return bytes.toString('base64');
        },
      };
    }
    case 'crc64':
      return undefined;
  }
}

/** The same bytes, not a copy. */
function bufferOver(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
