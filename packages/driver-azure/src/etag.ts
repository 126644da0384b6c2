/** The contract's etags have no quotes, those of answers have, those of listings have not. */
export function unquote(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}
