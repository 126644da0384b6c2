import { BackupError } from '../errors/index.js';

/**
 * A root path as the head of object keys: repeated slashes and `.` collapse, slashes at both ends go. Keys have no
 * leading slash (driver contract), so `/files/` and `files` are one place; an empty root is the bucket itself.
 * @throws BackupError `INVALID_ARGUMENT` for a path that climbs (`..`) or holds control characters
 */
export function cleanRoot(root: string): string {
  const parts = root.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || hasControl(root)) {
    throw new BackupError({
      code: 'INVALID_ARGUMENT',
      message: `root path ${JSON.stringify(root)} leaves its bucket`,
      remedy: 'give the path inside the bucket, such as "backup", without ".." and control characters',
      details: { rootPath: root },
    });
  }
  return parts.join('/');
}

/** What to list for everything below a cleaned root: empty, or the root with a trailing slash. */
export function rootPrefix(root: string): string {
  return root === '' ? '' : `${root}/`;
}

/** Control characters can hide or split a key in a store, a log or a terminal. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
