import { z } from '@hono/zod-openapi';
import { cleanupKinds, verifyLevels } from '@milvus-backup/core';
import { count, time } from './common.js';

export const verifyReport = z
  .object({
    from: z.string(),
    level: z.enum(verifyLevels),
    subset: z.string().nullable(),
    ok: z.boolean().openapi({ description: 'No problem was found' }),
    manifest: z.enum(['present', 'absent', 'damaged']),
    counts: z.object({
      collections: count,
      segments: count,
      rows: count,
      objects: count,
      bytes: count,
      checksums: count,
      objectsRead: count,
      bytesRead: count,
      objectsProven: count,
      objectsDecoded: count,
    }),
    problems: z.array(
      z.object({
        kind: z.enum(['meta', 'missing', 'size', 'checksum', 'content', 'rows']),
        key: z.string().openapi({ description: 'Below the folder of the backup' }),
        message: z.string(),
        collection: z.string().nullable(),
      }),
    ),
    problemsTotal: count,
    warnings: z.array(z.string()),
    warningsTotal: count,
  })
  .openapi('VerifyReport');

export const drillReport = z
  .object({
    provenAt: time,
    collections: count,
    collectionsTotal: count,
    compared: z.array(z.string()).openapi({ description: 'Collections whose rows were compared' }),
    rows: count,
    milvusVersion: z.string(),
    database: z.string(),
    kept: z.boolean(),
  })
  .openapi('DrillReport');

export const cleanupReport = z
  .object({
    applied: z.boolean().openapi({ description: 'false: it was only told what would go' }),
    olderThanSeconds: z.number(),
    items: z
      .array(
        z.object({
          kind: z.enum(cleanupKinds),
          store: z.string(),
          path: z.string(),
          backup: z.string(),
          objects: count,
          bytes: count,
          reason: z.string(),
          changedAt: time,
          outcome: z.enum(['found', 'removed', 'changed', 'failed']),
          error: z.string(),
        }),
      )
      .openapi({ description: 'The first thousand' }),
    itemsTotal: count,
    notes: z.array(z.string()),
  })
  .openapi('CleanupReport');
