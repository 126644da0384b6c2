import { createRoute, z } from '@hono/zod-openapi';
import { backupInfo } from './backup-info.js';
import {
  collectionsByDatabase,
  envelopeResponse,
  filterBody,
  requestIdHeader,
  undecodable,
} from './common.js';

export const createBody = z
  .object({
    requestId: z.string().optional(),
    backup_name: z
      .string()
      .optional()
      .openapi({ description: 'Letters, digits and underscores; made from the time when absent' }),
    async: z.boolean().optional().openapi({ description: 'Answer at once and go on in the background' }),
    filter: filterBody.optional(),
    db_collections: collectionsByDatabase.optional(),
    collection_names: z.array(z.string()).optional(),
    strategy: z
      .string()
      .optional()
      .openapi({ description: 'meta_only, skip_flush, bulk_flush or serial_flush; chosen when absent' }),
    force: z.boolean().optional().openapi({ deprecated: true, description: 'Use strategy skip_flush' }),
    meta_only: z.boolean().optional().openapi({ deprecated: true, description: 'Use strategy meta_only' }),
    gc_pause_enable: z.boolean().optional(),
    gc_pause_seconds: z.int32().optional().openapi({ description: 'Ignored' }),
    gc_pause_address: z.string().optional(),
    rbac: z.boolean().optional().openapi({ description: 'Include users, roles and grants' }),
    backup_root_path: z.string().optional(),
    with_index_extra: z.boolean().optional(),
    compat: z
      .boolean()
      .optional()
      .openapi({ description: 'As the Go tool: an empty filter makes an empty backup' }),
    resume: z
      .boolean()
      .optional()
      .openapi({ description: 'false: start over where an earlier run of that name was cut short' }),
    keep_going: z.boolean().optional().openapi({
      description: 'Leave out collections that fail; the run ends with state 3 and keeps the rest',
    }),
    on_missing: z.string().optional().openapi({
      description:
        'What a collection dropped or made anew meanwhile means: fail, skip or retry (when absent)',
    }),
    format: z.string().optional().openapi({
      description: 'auto (when absent), binlog or snapshot; auto is snapshot from Milvus 3.0 on',
    }),
  })
  .openapi('CreateBackupRequest');
export type CreateBody = z.infer<typeof createBody>;

const example = { backup_name: 'my_backup', async: true, filter: { default: { colls: ['*'] } } };

export const createRouteSpec = createRoute({
  method: 'post',
  path: '/api/v1/create',
  operationId: 'createBackup',
  tags: ['Backup'],
  summary: 'Create a backup',
  request: {
    headers: requestIdHeader,
    body: { required: true, content: { 'application/json': { schema: createBody, example } } },
  },
  responses: { ...envelopeResponse(backupInfo.nullable(), 'CreateBackupResponse'), ...undecodable },
});
