import { createRoute, z } from '@hono/zod-openapi';
import { backupInfo } from './backup-info.js';
import { envelopeResponse, requestIdHeader } from './common.js';

export const getBackupQuery = z.object({
  backup_id: z.string().optional().openapi({ description: 'Wins over the name' }),
  backup_name: z.string().optional(),
  path: z
    .string()
    .optional()
    .openapi({ description: 'Root path of the backup, when not the configured one' }),
  download: z
    .string()
    .optional()
    .openapi({ description: '`true`: send the files of the backup as one tar', example: 'false' }),
});

const info = envelopeResponse(backupInfo.nullable(), 'GetBackupResponse');

export const getBackupRouteSpec = createRoute({
  method: 'get',
  path: '/api/v1/get_backup',
  operationId: 'getBackup',
  tags: ['Backup'],
  summary: 'Show or download one backup',
  request: { headers: requestIdHeader, query: getBackupQuery },
  responses: {
    200: {
      ...info[200],
      content: {
        ...info[200].content,
        'application/x-tar': { schema: z.string().openapi({ format: 'binary' }) },
      },
    },
    404: { description: 'A download of a backup that is not there', content: info[200].content },
  },
});
