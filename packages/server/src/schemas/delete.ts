import { createRoute, z } from '@hono/zod-openapi';
import { requestIdHeader } from './common.js';

const deleteReply = z
  .object({ requestId: z.string().optional(), code: z.int().optional(), msg: z.string().optional() })
  .openapi('DeleteBackupResponse');

export const deleteRouteSpec = createRoute({
  method: 'delete',
  path: '/api/v1/delete',
  operationId: 'deleteBackup',
  tags: ['Backup'],
  summary: 'Delete a backup',
  request: { headers: requestIdHeader, query: z.object({ backup_name: z.string() }) },
  responses: {
    200: {
      description: 'Success, or a failure told by `code`',
      content: { 'application/json': { schema: deleteReply } },
    },
  },
});
