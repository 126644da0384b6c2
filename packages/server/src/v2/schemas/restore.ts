import { createRoute, z } from '@hono/zod-openapi';
import { backupName, filter, problems, runId } from './common.js';
import { accepted } from './job.js';

const name = z.string().min(1);
const flag = z.boolean().optional();
const names = z.array(z.string()).optional();

const mapping = z
  .strictObject({
    source: name,
    target: name,
    withProperties: flag.openapi({
      description: 'Set the properties of the database also where it is in use',
    }),
    collections: z
      .array(
        z.strictObject({
          source: name,
          target: name,
          shardNum: z.int32().optional(),
          description: z.string().optional(),
        }),
      )
      .optional(),
  })
  .openapi('RestoreMapping');

export const restoreBody = z
  .strictObject({
    id: runId,
    filter: filter.optional().openapi({ description: 'By names in the backup; everything when absent' }),
    targetFilter: filter.optional().openapi({ description: 'By names after renaming' }),
    suffix: z
      .string()
      .regex(/^\w*$/, 'expected letters, digits and underscores')
      .optional()
      .openapi({ description: 'Appended to each collection name' }),
    rename: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'As --rename of the command line', example: { 'db1.*': 'db2.*' } }),
    plan: z.array(mapping).optional().openapi({ description: 'Where databases and collections go' }),
    rebuildIndex: flag,
    useAutoIndex: flag.openapi({ description: 'Vector indexes become AUTOINDEX' }),
    dropExistCollection: flag,
    dropExistIndex: flag,
    skipCreateCollection: flag.openapi({ description: 'The targets must exist' }),
    metaOnly: flag.openapi({ description: 'Schemas alone' }),
    rbac: flag.openapi({ description: 'Users, roles and grants that are missing' }),
    maxShardNum: z.int32().min(0).optional().openapi({ description: 'Upper bound; 0 is none' }),
    skipParams: z
      .strictObject({
        collectionProperties: names,
        fieldIndexParams: names,
        fieldTypeParams: names,
        indexParams: names,
      })
      .optional()
      .openapi({ description: 'Keys that are not restored' }),
    skipProperties: flag.openapi({ description: 'Leave out properties of collections and databases' }),
    skipAliases: flag,
    resume: flag.openapi({ description: 'false: start over where the same restore was cut short' }),
    keepGoing: flag.openapi({ description: 'Leave out collections that fail; the job ends `partial`' }),
    prove: z
      .enum(['counts', 'full'])
      .optional()
      .openapi({ description: '`full` compares every row after the restore; counts when absent' }),
    useV2Restore: flag.openapi({
      description: 'Import by REST jobs, or not; by the version of Milvus when absent',
    }),
    truncateBinlogByTs: flag.openapi({
      description: 'Leave out rows and deletes that came after the checkpoint of their channel',
    }),
    ezkMapping: z.record(z.string(), z.string()).optional().openapi({
      description: 'Keys of encrypted databases: that of the backup to the one that Milvus is told instead',
    }),
    allowOlderMilvus: flag.openapi({
      description: 'Try it on a Milvus that is older than that of the backup',
    }),
    skipLoad: flag.openapi({ description: 'Load nothing that was loaded at the time of the backup' }),
  })
  .openapi('RestoreBackup');
export type RestoreBody = z.infer<typeof restoreBody>;

export const secondaryBody = z
  .strictObject({
    id: runId,
    sourceClusterId: name.openapi({ description: 'Of the cluster that the backup was made of' }),
    targetClusterId: name.openapi({ description: 'Of the Milvus of this server, its secondary' }),
    resume: flag.openapi({ description: 'false: refuse what an interrupted try has left in the target' }),
    rootPath: z
      .string()
      .optional()
      .openapi({ description: 'In place of the configured root of the backups' }),
  })
  .openapi('SecondaryRestoreBody');

const example = { suffix: '_recover', rebuildIndex: true };

export const restoreBackup = createRoute({
  method: 'post',
  path: '/api/v2/backups/{name}/restores',
  operationId: 'restoreBackup',
  tags: ['Backups'],
  summary: 'Restore a backup',
  request: {
    params: backupName,
    body: { content: { 'application/json': { schema: restoreBody, example } } },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});

export const restoreSecondary = createRoute({
  method: 'post',
  path: '/api/v2/backups/{name}/secondary-restores',
  operationId: 'restoreSecondary',
  tags: ['Backups'],
  summary: 'Restore a backup into the new secondary of a replication',
  request: {
    params: backupName,
    body: {
      content: {
        'application/json': {
          schema: secondaryBody,
          example: { sourceClusterId: 'east', targetClusterId: 'west' },
        },
      },
    },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});
