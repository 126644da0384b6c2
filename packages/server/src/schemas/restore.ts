import { createRoute, z } from '@hono/zod-openapi';
import {
  collectionsByDatabase,
  envelopeResponse,
  filterBody,
  requestIdHeader,
  undecodable,
} from './common.js';
import { restoreInfo } from './restore-info.js';

const restorePlan = z
  .object({
    mapping: z
      .array(
        z.object({
          source: z.string().optional(),
          target: z.string().optional(),
          withProp: z
            .boolean()
            .optional()
            .openapi({ description: 'Set the properties of the database also where it is in use' }),
          colls: z
            .array(
              z.object({
                source: z.string().optional(),
                target: z.string().optional(),
                override: z
                  .object({ shardNum: z.int32().optional(), description: z.string().optional() })
                  .optional(),
              }),
            )
            .optional(),
        }),
      )
      .optional(),
    filter: filterBody
      .optional()
      .openapi({ description: 'By target names; a plan without it is refused, since it chooses nothing' }),
  })
  .openapi('RestorePlan');
export type RestorePlanBody = z.infer<typeof restorePlan>;

const names = z.array(z.string()).optional();
const flag = z.boolean().optional();

export const restoreBody = z
  .object({
    requestId: z.string().optional(),
    id: z.string().optional().openapi({ description: 'Id of the run, to ask `get_restore` with' }),
    backup_name: z.string().optional(),
    async: flag.openapi({ description: 'Answer at once and go on in the background' }),
    collection_names: names,
    db_collections: collectionsByDatabase.optional(),
    db_collections_after_rename: collectionsByDatabase.optional(),
    collection_suffix: z.string().optional(),
    collection_renames: z.record(z.string(), z.string()).optional(),
    restorePlan: restorePlan.optional(),
    metaOnly: flag,
    restoreIndex: flag,
    useAutoIndex: flag,
    dropExistCollection: flag,
    dropExistIndex: flag,
    skipCreateCollection: flag,
    maxShardNum: z.int32().optional(),
    skipParams: z
      .object({
        collectionProperties: names,
        fieldIndexParams: names,
        fieldTypeParams: names,
        indexParams: names,
      })
      .optional(),
    skipProperties: flag.openapi({ description: 'Leave out properties of collections and databases' }),
    skipAliases: flag.openapi({ description: 'Leave out aliases' }),
    skipLoad: flag.openapi({ description: 'Load nothing that was loaded at the time of the backup' }),
    compat: flag.openapi({
      description: 'As the Go tool: no properties, aliases and loading; choosing nothing is a success',
    }),
    resume: flag.openapi({ description: 'false: start over where the same restore was cut short' }),
    keepGoing: flag.openapi({
      description: 'Leave out collections that fail; the run ends with state 3 and keeps the rest',
    }),
    rbac: flag,
    useV2Restore: flag.openapi({ description: 'Import by REST jobs; without it, from Milvus 2.4 on' }),
    allowOlderMilvus: flag.openapi({
      description: 'Try it on a Milvus that is older than the one of the backup',
    }),
    truncateBinlogByTs: flag,
    ezkMapping: z.record(z.string(), z.string()).optional(),
    bucket_name: z.string().optional(),
    path: z.string().optional(),
    skipImportDiskQuotaCheck: flag.openapi({ description: 'Ignored' }),
  })
  .openapi('RestoreBackupRequest');
export type RestoreBody = z.infer<typeof restoreBody>;

const example = { backup_name: 'my_backup', async: true, collection_suffix: '_recover', restoreIndex: true };

export const restoreRouteSpec = createRoute({
  method: 'post',
  path: '/api/v1/restore',
  operationId: 'restoreBackup',
  tags: ['Restore'],
  summary: 'Restore a backup',
  request: {
    headers: requestIdHeader,
    body: { required: true, content: { 'application/json': { schema: restoreBody, example } } },
  },
  responses: { ...envelopeResponse(restoreInfo.nullable(), 'RestoreBackupResponse'), ...undecodable },
});
