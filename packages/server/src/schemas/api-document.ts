import type { App } from '../app-types.js';

/**
 * The OpenAPI document of all mounted routes, as JSON. Like the Go tool's, it names paths below a base path, which an
 * operator behind a proxy sets with `swaggerBasePath`; the routes themselves never move.
 * @param basePath of all calls, as clients see it
 */
export function renderApiDocument(app: App, version: string, basePath: string): string {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Milvus Backup Service',
      version,
      description: 'Back up the collections of a running Milvus into an object store, and restore them.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: basePath }],
  });
  const paths = Object.entries(document.paths ?? {}).map(
    ([path, item]) => [path.replace(/^.*\/api\/v1/, ''), item] as const,
  );
  return JSON.stringify({ ...document, paths: Object.fromEntries(paths) });
}
