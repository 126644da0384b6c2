import { createRoute, z } from '@hono/zod-openapi';
import { envelopeResponse, requestIdHeader, undecodable } from './common.js';
import { copyInfo } from './copy-info.js';

const store = 'a name below `storages` of the configuration, or `backup` for its `backup.storage`';

export const copyBody = z
  .object({
    requestId: z.string().optional(),
    id: z.string().optional().openapi({ description: 'Id of the run, to ask `get_copy` with' }),
    backup_name: z.string().optional(),
    from: z
      .string()
      .optional()
      .openapi({ description: `Where the backup is: ${store}; \`backup\` when absent` }),
    to: z
      .string()
      .optional()
      .openapi({ description: `Where the copy goes: ${store}` }),
    as: z.string().optional().openapi({ description: 'Name of the copy, when not the same' }),
    create_bucket: z
      .boolean()
      .optional()
      .openapi({ description: 'Make the bucket of the target when it is not there' }),
    async: z.boolean().optional().openapi({ description: 'Answer at once and go on in the background' }),
  })
  .openapi('CopyBackupRequest');
export type CopyBody = z.infer<typeof copyBody>;

const example = { backup_name: 'my_backup', to: 'offsite', async: true };

export const copyRouteSpec = createRoute({
  method: 'post',
  path: '/api/v1/copy',
  operationId: 'copyBackup',
  tags: ['Backup'],
  summary: 'Copy a backup to another store of the configuration',
  request: {
    headers: requestIdHeader,
    body: { required: true, content: { 'application/json': { schema: copyBody, example } } },
  },
  responses: { ...envelopeResponse(copyInfo.nullable(), 'CopyBackupResponse'), ...undecodable },
});

export const getCopyRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/get_copy',
  operationId: 'getCopy',
  tags: ['Backup'],
  summary: 'Show how far a copy is',
  request: { headers: requestIdHeader, query: z.object({ id: z.string() }) },
  responses: envelopeResponse(copyInfo.nullable(), 'GetCopyResponse'),
});
