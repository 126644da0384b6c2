import { readFile } from 'node:fs/promises';
import type { App, AppContext } from '../app-types.js';
import { type ApiDocumentOptions, renderApiDocument } from '../schemas/api-document.js';

/** Holds in `src` and in `dist` alike: the build puts the pages where both find them. */
const assets = new URL('../../dist/assets/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'swagger-initializer.js': 'text/javascript; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'swagger-ui-bundle.js.LICENSE.txt': 'text/plain; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Swagger UI styles elements in place; scripts come from here only. */
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API documents and the page that shows them, without any other site being asked for anything. */
export function mountDocs(app: App, version: string, basePath: string): void {
  app.get('/api/v1/docs/doc.json', (c) => {
    const here = c.req.path.replace(/\/docs\/doc\.json$/, '');
    return sendDocument(c, { api: 'v1', version, basePath: basePath || here });
  });
  app.get('/api/v2/openapi.json', (c) => {
    const here = c.req.path.replace(/\/openapi\.json$/, '');
    // A proxy that moves the one moves the other
    const moved = basePath.replace(/\/v1\/?$/, '/v2');
    return sendDocument(c, { api: 'v2', version, basePath: moved === basePath ? here : moved });
  });
  for (const [name, type] of Object.entries(contentTypes)) {
    app.get(`/api/v1/docs/${name}`, async (c) => {
      const bytes = await readFile(new URL(name, assets));
      return c.body(bytes, 200, {
        'content-type': type,
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
      });
    });
  }
  for (const path of ['/api/v1/docs', '/api/v1/docs/']) {
    app.get(path, (c) => c.redirect(`${c.req.path.replace(/\/$/, '')}/index.html`, 301));
  }
  app.get('/api/v2/docs', (c) => {
    const page = c.req.path.replace(/v2\/docs$/, 'v1/docs/index.html');
    return c.redirect(`${page}?urls.primaryName=v2`, 302);
  });
}

const sendDocument = async (c: AppContext, options: ApiDocumentOptions): Promise<Response> =>
  c.body(await renderApiDocument(options), 200, { 'content-type': 'application/json; charset=utf-8' });
