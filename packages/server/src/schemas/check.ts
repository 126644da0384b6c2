import { createRoute, z } from '@hono/zod-openapi';
import { bodyError } from './common.js';

export const checkRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/check',
  operationId: 'check',
  tags: ['Service'],
  summary: 'Check the connections to Milvus and to the stores',
  responses: {
    200: { description: 'All is well', content: { 'text/plain': { schema: z.string() } } },
    500: { description: 'Something is not', content: { 'application/json': { schema: bodyError } } },
  },
});
