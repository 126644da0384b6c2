import { createRoute, z } from '@hono/zod-openapi';
import { checkGroups } from '@milvus-backup/core';
import { count, json, problems } from './common.js';

const tags = ['Service'];

const storage = z.object({ provider: z.string(), bucket: z.string(), rootPath: z.string() });
const totals = { collections: count, segments: count, objects: count, bytes: count };

const report = z
  .object({
    ok: z.boolean().openapi({ description: 'No item failed' }),
    milvusVersion: z.string(),
    milvusStorage: storage,
    backupStorage: storage,
    items: z.array(
      z.object({
        name: z.string().openapi({ description: `GROUP.PROBE; groups are ${checkGroups.join(', ')}` }),
        status: z.enum(['ok', 'warning', 'failed', 'skipped']),
        message: z.string(),
        remedy: z.string(),
      }),
    ),
    plan: z
      .object({
        ...totals,
        databases: z.array(z.object({ name: z.string(), ...totals })),
        complete: z.boolean(),
        freeBytes: count.nullable(),
      })
      .nullable()
      .openapi({ description: 'What a backup of everything would move; null when it could not be told' }),
  })
  .openapi('CheckReport');

export const checkSpec = createRoute({
  method: 'post',
  path: '/api/v2/check',
  operationId: 'check',
  tags,
  summary: 'Find out what keeps a backup or a restore from working',
  description:
    'Writes probe objects and removes them. What is wrong is an item of the report, and the status is 200.',
  responses: { 200: json(report, 'The report'), ...problems() },
});

export const versionSpec = createRoute({
  method: 'get',
  path: '/api/v2/version',
  operationId: 'getVersion',
  tags,
  summary: 'Version of this server',
  responses: { 200: json(z.object({ version: z.string() }).openapi('Version'), 'The version') },
});

export const healthSpec = createRoute({
  method: 'get',
  path: '/api/v2/healthz',
  operationId: 'getHealth',
  tags,
  summary: 'Whether this server answers; it asks neither Milvus nor the stores',
  responses: { 200: json(z.object({ status: z.literal('ok') }).openapi('Health'), 'It does') },
});
