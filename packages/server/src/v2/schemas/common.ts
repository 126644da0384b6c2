import { z } from '@hono/zod-openapi';

/** Ids and timestamps of Milvus do not fit into a JavaScript number. */
export const wide = z
  .string()
  .openapi({ description: 'A 64-bit integer as decimal text', example: '470635130682481694' });

/** Bytes and counts. */
export const count = z.int().nonnegative().openapi({ type: 'integer', format: 'int64' });

export const time = z.iso.datetime().nullable().openapi({ description: 'null while unknown' });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().openapi({ description: 'Stable, for programs', example: 'BACKUP_NOT_FOUND' }),
    remedy: z.string().optional().openapi({ description: 'What to do' }),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().openapi({ description: 'JSON pointer into the body, or ?name of the query' }),
          detail: z.string(),
        }),
      )
      .optional(),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .openapi({ description: 'Values for programs, such as the owner of a name' }),
  })
  .openapi('Problem');

const problemContent = { 'application/problem+json': { schema: problem } };

/** What any call may answer. */
export const problems = (...statuses: readonly (400 | 404 | 409)[]) => ({
  ...Object.fromEntries(
    statuses.map((status) => [status, { description: meanings[status], content: problemContent }]),
  ),
  default: { description: 'A failure; `code` tells which', content: problemContent },
});

const meanings = {
  400: 'Something in the request is not as described; `errors` tells what',
  404: 'There is no such thing',
  409: 'Something stands in the way: the name is taken or in use, the target exists',
} as const;

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'expected a number from 1 to 1000')
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
  cursor: z.string().max(2048).optional().openapi({ description: '`nextCursor` of the page before' }),
});

export const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'Gives the next page; null on the last' });

export const backupName = z.object({ name: z.string().openapi({ param: { name: 'name', in: 'path' } }) });
export const jobId = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) });

/** Ids become parts of object keys. */
export const runId = z
  .string()
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9_.-]{1,128}$/,
    'expected at most 128 letters, digits, "_", "-" and single dots',
  )
  .optional()
  .openapi({ description: 'Id of the job; made when absent' });

/** Collections by database. */
export const filter = z
  .record(z.string(), z.strictObject({ colls: z.array(z.string()).optional() }))
  .openapi('Filter', { example: { default: { colls: ['*'] }, db2: { colls: ['coll1'] } } });
