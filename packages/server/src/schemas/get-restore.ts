import { createRoute, z } from '@hono/zod-openapi';
import { envelopeResponse, requestIdHeader } from './common.js';
import { restoreInfo } from './restore-info.js';

export const getRestoreRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/get_restore',
  operationId: 'getRestore',
  tags: ['Restore'],
  summary: 'Show how far a restore is',
  request: { headers: requestIdHeader, query: z.object({ id: z.string() }) },
  responses: envelopeResponse(restoreInfo.nullable(), 'GetRestoreResponse'),
});
