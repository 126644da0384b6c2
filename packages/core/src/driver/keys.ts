/** Most bytes of a key; S3 and GCS take no more, so no driver does. */
export const maxKeyBytes = 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controlCharacter = /[\u0000-\u001f\u007f]/;
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Why a key is refused, as the end of a sentence that begins with the key; `null` when it is good. One rule for
 * all stores: what is accepted here can be copied to any of them, and never leaves its bucket or folder.
 */
export function invalidKey(key: string): string | null {
  if (key === '') return 'is empty';
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  return invalidText(key) ?? invalidParts(key.endsWith('/') ? key.slice(0, -1) : key);
}

/** As {@link invalidKey} for the prefix of a listing: may be empty, and its last part may be cut anywhere. */
export function invalidPrefix(prefix: string): string | null {
  if (Buffer.byteLength(prefix) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  const lastSlash = prefix.lastIndexOf('/');
  return invalidText(prefix) ?? (lastSlash < 0 ? null : invalidParts(prefix.slice(0, lastSlash)));
}

/** The order of `StorageDriver.list`: bytes of UTF-8, which differs from the order of JavaScript strings. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function invalidText(text: string): string | null {
  if (controlCharacter.test(text)) return 'holds a control character';
  // Azure, SeaweedFS and Windows take it for a slash, which would make it a way out of a folder.
  if (text.includes('\\')) return 'holds a backslash';
  if (loneSurrogate.test(text)) return 'is not valid Unicode';
  return null;
}

function invalidParts(key: string): string | null {
  if (key.startsWith('/') || key === '') return 'begins with a slash';
  for (const part of key.split('/')) {
    if (part === '') return 'holds two slashes in a row';
    if (part === '.' || part === '..') return `holds the part "${part}"`;
  }
  return null;
}
