import { createRoute, z } from '@hono/zod-openapi';
import { envelopeResponse, requestIdHeader, stateCode } from './common.js';

const cancelInfo = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ description: 'create, restore, copy or delete' }),
    state_code: stateCode,
    name: z.string().openapi({ description: 'Name of the backup' }),
  })
  .openapi('CancelInfo');

export const cancelRouteSpec = createRoute({
  method: 'post',
  path: '/api/v1/cancel',
  operationId: 'cancel',
  tags: ['Service'],
  summary: 'Cancel a backup, restore, copy or delete by the id of its run',
  description:
    'Also of another process on the same store, which notices within seconds. What has ended stays as it is.',
  request: { headers: requestIdHeader, query: z.object({ id: z.string() }) },
  responses: envelopeResponse(cancelInfo.nullable(), 'CancelResponse'),
});
