import { createHash } from 'node:crypto';
import type { ManifestObject } from './types.js';

/** The line of a small file whose bytes are at hand. @param key below the backup's folder */
export function describeFile(key: string, bytes: Uint8Array): ManifestObject {
  const value = createHash('sha256').update(bytes).digest('base64');
  return { type: 'object', key, size: bytes.byteLength, checksum: { algorithm: 'sha256', value } };
}
