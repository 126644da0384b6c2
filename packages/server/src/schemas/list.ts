import { createRoute, z } from '@hono/zod-openapi';
import { envelopeResponse, int64, requestIdHeader } from './common.js';

const backupSummary = z
  .object({
    id: z.string().optional(),
    name: z.string().optional(),
    size: int64.openapi({ description: 'Bytes of binlogs' }),
    milvus_version: z.string().optional(),
  })
  .openapi('BackupSummary');

export const listRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/list',
  operationId: 'listBackups',
  tags: ['Backup'],
  summary: 'List the backups',
  request: { headers: requestIdHeader },
  responses: envelopeResponse(z.array(backupSummary).nullable(), 'ListBackupsResponse'),
});
