/** What to list for everything below a cleaned root: empty, or the root with a trailing slash. */
export function rootPrefix(root: string): string {
  return root === '' ? '' : `${root}/`;
}

/** Control characters can hide or split a key in a store, a log or a terminal. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
