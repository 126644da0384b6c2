import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { routesV1 } from '../routes-v1.js';
import { routesV2 } from '../v2/routes.js';
import type { ApiDocumentOptions, ApiVersion } from './api-document.js';

const routes: Readonly<Record<ApiVersion, readonly RouteConfig[]>> = { v1: routesV1, v2: routesV2 };

const descriptions: Readonly<Record<ApiVersion, string>> = {
  v1: 'Back up the collections of a running Milvus into an object store, and restore them. As the Go tool: status 200, and `code` tells a failure.',
  v2: 'Back up the collections of a running Milvus into an object store, and restore them. Failures have HTTP status codes and are problem details (RFC 9457). What takes long is a job.',
};

/** See `renderApiDocument`. */
export function renderDocument({ api, version, basePath }: ApiDocumentOptions): string {
  const registry = new OpenAPIHono();
  for (const route of routes[api]) registry.openAPIRegistry.registerPath(route);
  const bearer = { type: 'http', scheme: 'bearer' } as const;
  registry.openAPIRegistry.registerComponent('securitySchemes', 'bearer', bearer);
  const document = registry.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Milvus Backup Service',
      version,
      description: descriptions[api],
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: basePath }],
    // A server that listens to its own machine alone may ask for no token
    security: [{ bearer: [] }, {}],
  });
  const paths = Object.entries(document.paths ?? {}).map(
    ([path, item]) => [path.replace(`/api/${api}`, ''), item] as const,
  );
  return JSON.stringify({ ...document, paths: Object.fromEntries(paths) });
}
