import { createRoute, z } from '@hono/zod-openapi';
import { verifyLevels } from '@milvus-backup/core';
import { backupName, problems, runId } from './common.js';
import { accepted } from './job.js';

const part = { params: backupName };

export const verifyBody = z
  .strictObject({
    id: runId,
    level: z.enum(verifyLevels).optional().openapi({
      description: 'Each does what the one before it does, and more; checksum when absent',
    }),
    subset: z
      .string()
      .optional()
      .openapi({ description: 'Part of the data that is read, 5% or 1/10; all when absent' }),
    seed: z.string().max(256).optional().openapi({ description: 'Another gives another part' }),
    from: z
      .string()
      .optional()
      .openapi({ description: 'A name below `storages` of the configuration; `backup` when absent' }),
  })
  .openapi('VerifyBackup');

export const verifyBackup = createRoute({
  method: 'post',
  path: '/api/v2/backups/{name}/verifications',
  operationId: 'verifyBackup',
  tags: ['Backups'],
  summary: 'Find out whether a backup is whole',
  description: 'The job fails with `VERIFY_FAILED` for a damaged backup; its `verify` names what is damaged.',
  request: {
    ...part,
    body: { content: { 'application/json': { schema: verifyBody, example: { level: 'decode' } } } },
  },
  responses: { ...accepted, ...problems(400, 404) },
});

export const drillBody = z
  .strictObject({
    id: runId,
    into: z
      .string()
      .optional()
      .openapi({ description: 'Name of the scratch database, which must not be there; made when absent' }),
    sample: z.string().optional().openapi({ description: 'How many collections, 3 or 5%; all when absent' }),
    seed: z.string().max(256).optional().openapi({ description: 'Chooses the sample' }),
    keep: z.boolean().optional().openapi({ description: 'Leave the scratch database' }),
  })
  .openapi('DrillBackup');

export const drillBackup = createRoute({
  method: 'post',
  path: '/api/v2/backups/{name}/drills',
  operationId: 'drillBackup',
  tags: ['Backups'],
  summary: 'Prove that a backup can be restored, in a scratch database that is dropped again',
  request: {
    ...part,
    body: { content: { 'application/json': { schema: drillBody, example: { sample: '3' } } } },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});

export const cleanupBody = z
  .strictObject({
    id: runId,
    apply: z
      .boolean()
      .optional()
      .openapi({ description: 'Remove it; without, it is only told what would go' }),
    olderThanSeconds: z
      .number()
      .nonnegative()
      .optional()
      .openapi({ description: 'How long nothing may have been heard of it; a day when absent' }),
    stores: z.array(z.string().min(1)).min(1).optional().openapi({
      description: '`backup`, names below `storages` of the configuration, or `all`; `backup` when absent',
    }),
  })
  .openapi('CleanUp');

export const cleanUp = createRoute({
  method: 'post',
  path: '/api/v2/cleanup',
  operationId: 'cleanUp',
  tags: ['Service'],
  summary: 'Tell, or remove, what dead runs have left in the stores',
  request: { body: { content: { 'application/json': { schema: cleanupBody, example: { apply: false } } } } },
  responses: { ...accepted, ...problems(400) },
});
