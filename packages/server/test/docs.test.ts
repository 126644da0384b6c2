import { silentLogger } from '@milvus-backup/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callsV2 } from '../src/v2/calls.js';
import { createHandlers } from '../src/v2/handlers.js';
import { routesV2 } from '../src/v2/routes.js';
import { setUp } from './set-up.js';

const base = '/api/v1/docs';
const documentShape = z.object({
  openapi: z.string(),
  info: z.object({ version: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

async function readDocument(set: readonly string[] = []) {
  const { app } = await setUp({ set });
  const reply = await app.request(`${base}/doc.json`);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const text = await reply.text();
  return { text, document: documentShape.parse(JSON.parse(text)) };
}

describe('doc.json', () => {
  test('describes every call below the base path', async () => {
    const { document } = await readDocument();
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { version: '1.2.3' },
      servers: [{ url: '/api/v1' }],
    });
    const calls = Object.entries(document.paths).map(([path, item]) => `${Object.keys(item).join()} ${path}`);
    expect(calls.sort()).toEqual([
      'delete /delete',
      'get /check',
      'get /get_backup',
      'get /get_copy',
      'get /get_restore',
      'get /list',
      'post /cancel',
      'post /copy',
      'post /create',
      'post /restore',
      'post /restore_secondary',
    ]);
  });

  test('swaggerBasePath changes the document alone', async () => {
    const { document } = await readDocument(['server.swaggerBasePath=/proxy/api/v1']);
    expect(document.servers).toEqual([{ url: '/proxy/api/v1' }]);
    expect(Object.keys(document.paths)).toContain('/create');
  });

  test('has every reference it uses', async () => {
    const { text, document } = await readDocument();
    const used = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(10);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(used));
  });

  test('types 64-bit numbers as such and forbids no other key', async () => {
    const { document } = await readDocument();
    expect(document.components.schemas.BackupSummary).toMatchObject({
      properties: { size: { type: 'integer', format: 'int64' } },
    });
    expect(document.components.schemas.CreateBackupRequest).not.toHaveProperty('additionalProperties', false);
  });
});

describe('both documents', () => {
  test.each(['/api/v1/docs/doc.json', '/api/v2/openapi.json'])('%s is valid OpenAPI 3.1', async (path) => {
    const { app } = await setUp();
    const document: unknown = await (await app.request(path)).json();
    const { valid, errors } = await new Validator().validate(Object(document));
    expect([valid, errors]).toEqual([true, undefined]);
  });

  test('the second has every call, and is moved with the first', async () => {
    const { app } = await setUp({ set: ['server.swaggerBasePath=/proxy/api/v1'] });
    const document = documentShape.parse(await (await app.request('/api/v2/openapi.json')).json());
    expect(document.servers).toEqual([{ url: '/proxy/api/v2' }]);
    expect(Object.keys(document.paths).sort()).toEqual([
      '/backups',
      '/backups/{name}',
      '/backups/{name}/archive',
      '/backups/{name}/compactions',
      '/backups/{name}/copies',
      '/backups/{name}/drills',
      '/backups/{name}/migrations',
      '/backups/{name}/restores',
      '/backups/{name}/secondary-restores',
      '/backups/{name}/verifications',
      '/check',
      '/cleanup',
      '/healthz',
      '/jobs',
      '/jobs/{id}',
      '/jobs/{id}/cancel',
      '/jobs/{id}/events',
      '/version',
    ]);
    expect(document.components.schemas.CreateBackup).toHaveProperty('additionalProperties', false);
  });

  test('the calls that are mounted are those described', async () => {
    const described = routesV2.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.sort()).toEqual([...callsV2].sort());
    const deps = { service: (await setUp()).service, logger: silentLogger };
    const handlers = createHandlers(deps, { version: '1', heartbeatMs: 1 });
    expect([...handlers.keys()].sort()).toEqual([...callsV2].sort());
  });

  test('its page is the same', async () => {
    const { app } = await setUp();
    const reply = await app.request('/api/v2/docs');
    expect(reply.headers.get('location')).toBe('/api/v1/docs/index.html?urls.primaryName=v2');
  });
});

describe('the page', () => {
  test.each([
    ['index.html', 'text/html', '<div id="swagger-ui">'],
    ['swagger-initializer.js', 'text/javascript', "url: 'doc.json'"],
    ['swagger-ui-bundle.js', 'text/javascript', 'SwaggerUIBundle'],
    ['swagger-initializer.js', 'text/javascript', "url: '../../v2/openapi.json'"],
    ['swagger-initializer.js', 'text/javascript', 'restoreAuthorization'],
    ['swagger-ui-standalone-preset.js', 'text/javascript', 'SwaggerUIStandalonePreset'],
    ['swagger-ui.css', 'text/css', '.swagger-ui'],
    ['favicon-32x32.png', 'image/png', 'PNG'],
  ])('%s is served from our own package', async (name, type, part) => {
    const { app } = await setUp();
    const reply = await app.request(`${base}/${name}`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toContain(type);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await reply.text()).toContain(part);
  });

  test('names no other site', async () => {
    const { app } = await setUp();
    for (const name of ['index.html', 'swagger-initializer.js']) {
      expect(await (await app.request(`${base}/${name}`)).text()).not.toMatch(/https?:|\/\//);
    }
  });

  test.each([base, `${base}/`])('%s leads to it', async (path) => {
    const { app } = await setUp();
    const reply = await app.request(path);
    expect([reply.status, reply.headers.get('location')]).toEqual([301, `${base}/index.html`]);
  });
});
