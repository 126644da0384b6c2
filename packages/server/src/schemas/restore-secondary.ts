import { createRoute, z } from '@hono/zod-openapi';
import { envelopeResponse, requestIdHeader, undecodable } from './common.js';
import { restoreInfo } from './restore-info.js';

export const restoreSecondaryBody = z
  .object({
    requestId: z.string().optional(),
    backup_name: z.string().optional(),
    sourceClusterID: z.string().optional(),
    targetClusterID: z.string().optional(),
    async: z.boolean().optional(),
    path: z.string().optional(),
  })
  .openapi('RestoreSecondaryRequest');

export const restoreSecondaryRouteSpec = createRoute({
  method: 'post',
  path: '/api/v1/restore_secondary',
  operationId: 'restoreSecondary',
  tags: ['Restore'],
  summary: 'Restore into a CDC secondary',
  request: {
    headers: requestIdHeader,
    body: { required: true, content: { 'application/json': { schema: restoreSecondaryBody } } },
  },
  responses: { ...envelopeResponse(restoreInfo.nullable(), 'RestoreSecondaryResponse'), ...undecodable },
});
