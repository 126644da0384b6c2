import { createRoute, z } from '@hono/zod-openapi';
import { bodyError } from './common.js';

export const checkRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/check',
  operationId: 'check',
  tags: ['Service'],
  summary: 'Find out what keeps a backup or a restore from working',
  responses: {
    200: {
      description: 'Nothing failed; a line per probe',
      content: { 'text/plain': { schema: z.string() } },
    },
    500: {
      description: 'What failed, with what to do',
      content: { 'application/json': { schema: bodyError } },
    },
  },
});
