export type ApiVersion = 'v1' | 'v2';

export interface ApiDocumentOptions {
  readonly api: ApiVersion;
  /** Of the program. */
  readonly version: string;
  /** Of all calls, as clients see it: an operator behind a proxy sets it, the routes themselves never move. */
  readonly basePath: string;
}

/**
 * The OpenAPI 3.1 document of all calls of one version, as JSON. Loaded and made when it is asked for: the start of a server does not
 * wait for it.
 */
export async function renderApiDocument(options: ApiDocumentOptions): Promise<string> {
  const { renderDocument } = await import('./render-document.js');
  return renderDocument(options);
}
