import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createCli } from '@milvus-backup/cli';
import { renderApiDocument } from '@milvus-backup/server';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { backupPipeline } from './compatibility/backup-pipeline.js';
import { cli } from './compatibility/cli.js';
import { config } from './compatibility/config.js';
import { renderCompatibility } from './compatibility/render.js';
import { restApi } from './compatibility/rest-api.js';
import { restorePipeline } from './compatibility/restore-pipeline.js';
import type { Table } from './compatibility/row.js';

const root = path.join(import.meta.dirname, '..', '..', '..');
const tables = [cli, config, restApi, backupPipeline, restorePipeline];

/** Every name that the rows of a table are about; none twice. */
function covered(table: Table): string[] {
  const names = table.sections.flatMap(({ rows }) => rows.flatMap(({ covers = [] }) => covers));
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  return names.sort();
}

describe('docs/compatibility.md', () => {
  it('is what the tables say (after a change: npm run docs -w @milvus-backup/interop)', async () => {
    await expect(renderCompatibility(tables)).toMatchFileSnapshot(
      path.join(root, 'docs', 'compatibility.md'),
    );
  });

  it.each(tables.map((table) => [table.title, table] as const))(
    '%s gives a reason for what is not there',
    (_, table) => {
      for (const { rows } of table.sections)
        for (const row of rows) if (row.state === 'not yet') expect(row.note).toMatch(/planned/);
    },
  );
});

describe('the tables have', () => {
  it('every command and flag, and no other', () => {
    const definitions = createCli('0.0.0').definitions();
    const global = new Set(['--config', '--set', '--json', '--quiet']);
    const names = definitions.flatMap(({ path: words, options }) => {
      const command = words.split(' ').slice(1).join(' ');
      const flags = options.map(({ definition }) => /--[\w-]+/.exec(definition)?.[0] ?? '');
      expect(flags).toEqual(expect.arrayContaining([...global]));
      return [command, ...flags.filter((flag) => !global.has(flag)).map((flag) => `${command} ${flag}`)];
    });
    expect(covered(cli)).toEqual([...names, ...[...global].map((flag) => `* ${flag}`)].sort());
  });

  it('every key of the configuration, and no other', () => {
    const file = readFileSync(path.join(root, 'configs', 'backup.schema.json'), 'utf8');
    const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(file));
    const names = [...listKeys(node.parse(schema.then), 'v2 '), ...listKeys(node.parse(schema.else), 'v1 ')];
    expect(covered(config)).toEqual(names.sort());
  });

  it('every call, field and parameter, and no other', async () => {
    const names = new Set<string>(['header request_id']);
    for (const api of ['v1', 'v2'] as const) {
      const basePath = `/api/${api}`;
      const text = await renderApiDocument({ api, version: '0.0.0', basePath });
      const document = apiDocument.parse(JSON.parse(text));
      for (const [place, methods] of Object.entries(document.paths)) {
        for (const [method, { parameters, requestBody }] of Object.entries(methods)) {
          names.add(`${method.toUpperCase()} ${basePath}${place}`);
          // what is ours alone is described by its own document
          if (api === 'v2') continue;
          const call = place.slice(1);
          const reference = requestBody?.content['application/json'].schema.$ref.split('/').at(-1) ?? '';
          const fields = Object.keys(document.components.schemas[reference]?.properties ?? {});
          const queries = parameters.filter((one) => one.in === 'query').map((one) => one.name);
          for (const name of [...fields, ...queries]) names.add(`${call}: ${name}`);
        }
      }
    }
    expect(covered(restApi)).toEqual([...names].sort());
  });
});

interface Node {
  readonly properties?: Record<string, Node> | undefined;
}
const node: z.ZodType<Node> = z.lazy(() => z.object({ properties: z.record(z.string(), node).optional() }));

function listKeys({ properties = {} }: Node, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties ? listKeys(inner, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

const apiDocument = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]),
        requestBody: z
          .object({
            content: z.object({ 'application/json': z.object({ schema: z.object({ $ref: z.string() }) }) }),
          })
          .optional(),
      }),
    ),
  ),
  components: z.object({
    schemas: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()).optional() })),
  }),
});
