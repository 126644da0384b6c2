import { z } from '@hono/zod-openapi';

/** 64-bit ids are bare numbers on the wire, beyond what a JavaScript number holds. */
export const int64 = z.int().openapi({ type: 'integer', format: 'int64' });

/** JSON that old clients send as an object and older ones as text: a list of collections by database. */
export const collectionsByDatabase = z.unknown().openapi({
  oneOf: [
    { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
    { type: 'string' },
  ],
  example: { default: ['coll1', 'coll2'], db2: [] },
});

export const filterBody = z
  .record(z.string(), z.object({ colls: z.array(z.string()).optional() }))
  .openapi({ example: { default: { colls: ['*'] }, db2: { colls: ['coll1'] } } });

export const requestIdHeader = z.object({
  request_id: z.string().optional().openapi({ description: 'Id of the request, echoed in the reply' }),
});

export const stateCode = z
  .int()
  .openapi({ description: '0 initial, 1 executing, 2 success, 3 failed', enum: [0, 1, 2, 3, 4] });

/** The reply every call wraps its data in. */
export const envelopeOf = (data: z.ZodType, name: string): z.ZodType =>
  z
    .object({
      requestId: z.string().optional(),
      code: z.int().optional().openapi({
        description: 'absent on success; 1 not supported, 3 failed, 400 bad parameter, 404 not found',
      }),
      msg: z.string().optional(),
      data,
    })
    .openapi(name);

/** The `responses` of a route that always answers 200 with an envelope. */
export const envelopeResponse = (data: z.ZodType, name: string) => ({
  200: {
    description: 'Success, or a failure told by `code`',
    content: { 'application/json': { schema: envelopeOf(data, name) } },
  },
});

export const bodyError = z.object({ error: z.string() }).openapi('BodyError');

export const undecodable = {
  400: {
    description: 'The body is not JSON of this shape',
    content: { 'application/json': { schema: bodyError } },
  },
};
