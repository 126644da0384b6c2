/** The contract's etags have no quotes, S3's have. */
export function unquote(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}
