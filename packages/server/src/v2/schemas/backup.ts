import { createRoute, z } from '@hono/zod-openapi';
import { backupFormats, backupStrategies, folderStates, onMissingModes } from '@milvus-backup/core';
import {
  backupName,
  count,
  filter,
  json,
  nextCursor,
  pageQuery,
  problems,
  runId,
  time,
  wide,
} from './common.js';
import { accepted, job, jobKinds, jobStates } from './job.js';

const summary = z
  .object({
    id: z.string(),
    name: z.string(),
    size: count.openapi({ description: 'Bytes of binlogs' }),
    milvusVersion: z.string(),
    provenAt: time.optional().openapi({ description: 'When a drill last proved it; absent: never' }),
  })
  .openapi('BackupSummary');

const run = z
  .object({
    id: z.string(),
    kind: z.enum(jobKinds),
    owner: z.string().openapi({ description: 'For a person: process and host' }),
    running: z.boolean(),
    state: z.enum(jobStates),
    startedAt: time,
    updatedAt: time.openapi({ description: 'When the owner was last heard of' }),
  })
  .openapi('BackupRun');

const entry = summary
  .extend({
    state: z.enum(folderStates).optional(),
    reason: z.string().optional().openapi({ description: 'Why it is in that state' }),
    objects: count
      .nullable()
      .optional()
      .openapi({ description: 'Objects that lie there; null for a backup' }),
    changedAt: time.optional().openapi({ description: 'Last sign of life' }),
    run: run.nullable().optional().openapi({ description: 'The run that writes, wrote or deletes it' }),
    restores: z.array(run).optional().openapi({ description: 'Restores of it that are under way' }),
  })
  .openapi('BackupEntry', { description: 'What is more than a summary is told with `all` alone' });

const keyValues = z.array(z.object({ key: z.string(), value: z.string() }));

const collection = z
  .object({
    database: z.string(),
    name: z.string(),
    id: wide,
    size: count,
    shards: z.int(),
    loadState: z.string(),
    backupTimestamp: wide.openapi({ description: 'Hybrid timestamp of Milvus' }),
    fields: z.array(
      z.object({ name: z.string(), dataType: z.int(), primaryKey: z.boolean(), description: z.string() }),
    ),
    indexes: z.array(z.object({ field: z.string(), name: z.string(), type: z.string() })),
    properties: keyValues,
  })
  .openapi('BackupCollection');

export const backup = summary
  .extend({
    metaSize: count.openapi({ description: 'Bytes of metadata' }),
    format: z.string().openapi({ description: 'binlog or snapshot' }),
    databases: z.array(z.object({ name: z.string(), id: wide, properties: keyValues })),
    collections: z.array(collection),
    job: job.nullable().openapi({ description: 'The run that made it, while this process remembers it' }),
  })
  .openapi('Backup');

const flag = z.boolean().optional();

export const createBackupBody = z
  .strictObject({
    id: runId,
    name: z
      .string()
      .optional()
      .openapi({ description: 'Letters, digits and underscores; made from the time when absent' }),
    filter: filter.optional().openapi({ description: 'Everything when absent' }),
    strategy: z.enum(backupStrategies).optional().openapi({ description: 'auto when absent' }),
    format: z
      .enum(backupFormats)
      .optional()
      .openapi({ description: 'auto when absent: snapshot from Milvus 3.0 on, binlog before' }),
    rbac: flag.openapi({ description: 'Include users, roles and grants' }),
    indexExtra: flag.openapi({ description: 'Add what Milvus tells of indexes in etcd alone' }),
    pauseGC: flag.openapi({ description: 'Pause garbage collection of Milvus meanwhile' }),
    resume: flag.openapi({
      description: 'false: start over where an earlier run of that name was cut short',
    }),
    keepGoing: flag.openapi({ description: 'Leave out collections that fail; the job ends `partial`' }),
    onMissing: z.enum(onMissingModes).optional().openapi({
      description: 'What a collection that is dropped, or made anew, meanwhile means; retry when absent',
    }),
  })
  .openapi('CreateBackup');

const tags = ['Backups'];
const path = '/api/v2/backups';

export const backupsQuery = pageQuery.extend({
  all: z.enum(['true', 'false']).optional().openapi({
    description: 'true: every folder under the backup root, with what it is and why; false when absent',
  }),
});

export const listBackups = createRoute({
  method: 'get',
  path,
  operationId: 'listBackups',
  tags,
  summary: 'List the backups, by name',
  request: { query: backupsQuery },
  responses: {
    200: json(z.object({ items: z.array(entry), nextCursor }).openapi('BackupPage'), 'One page'),
    ...problems(400),
  },
});

const example = { name: 'my_backup', filter: { default: { colls: ['*'] } } };

export const createBackup = createRoute({
  method: 'post',
  path,
  operationId: 'createBackup',
  tags,
  summary: 'Make a backup',
  request: { body: { content: { 'application/json': { schema: createBackupBody, example } } } },
  responses: { ...accepted, ...problems(400, 409) },
});

export const getBackup = createRoute({
  method: 'get',
  path: `${path}/{name}`,
  operationId: 'getBackup',
  tags,
  summary: 'Show a backup',
  request: { params: backupName },
  responses: { 200: json(backup, 'The backup'), ...problems(400, 404) },
});

export const deleteBackup = createRoute({
  method: 'delete',
  path: `${path}/{name}`,
  operationId: 'deleteBackup',
  tags,
  summary: 'Delete a backup',
  request: { params: backupName },
  responses: { ...accepted, ...problems(400, 404) },
});

export const getArchive = createRoute({
  method: 'get',
  path: `${path}/{name}/archive`,
  operationId: 'downloadBackup',
  tags,
  summary: 'Download all files of a backup as one tar',
  request: { params: backupName },
  responses: {
    200: {
      description: 'The tar',
      content: { 'application/x-tar': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problems(400, 404),
  },
});

export const copyBody = z
  .strictObject({
    id: runId,
    to: z.string().min(1).openapi({
      description: 'A name below `storages` of the configuration, or `backup` for its `backup.storage`',
    }),
    from: z.string().optional().openapi({ description: 'The same of the source; `backup` when absent' }),
    as: z.string().optional().openapi({ description: 'Name of the copy, when not the same' }),
    createBucket: z
      .boolean()
      .optional()
      .openapi({ description: 'Make the bucket of the target when it is not there' }),
  })
  .openapi('CopyBackup');

export const compactBody = z
  .strictObject({
    id: runId,
    output: z
      .string()
      .min(1)
      .optional()
      .openapi({ description: 'Name of the new backup, `<name>_l0compacted` when absent' }),
  })
  .openapi('CompactBackup');

export const compactBackup = createRoute({
  method: 'post',
  path: `${path}/{name}/compactions`,
  operationId: 'compactBackup',
  tags,
  summary: 'Make a second backup whose level-0 deletes lie beside the rows that they hit',
  description: 'A backup that has the name of the new one is not cleared here: delete it first.',
  request: {
    params: backupName,
    body: {
      content: { 'application/json': { schema: compactBody, example: { output: 'my_backup_flat' } } },
    },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});

export const migrateBody = z
  .strictObject({
    id: runId,
    clusterId: z.string().min(1).openapi({ description: 'Of the target in Zilliz Cloud' }),
    resume: z
      .boolean()
      .optional()
      .openapi({ description: 'false: send all anew where an earlier run was cut short' }),
  })
  .openapi('MigrateBackup');

export const migrateBackup = createRoute({
  method: 'post',
  path: `${path}/{name}/migrations`,
  operationId: 'migrateBackup',
  tags,
  summary: 'Send a backup to Zilliz Cloud and have it imported into a cluster',
  description: 'The job ends when the import has begun; `migrate.jobId` is its id in the cloud.',
  request: {
    params: backupName,
    body: {
      required: true,
      content: {
        'application/json': { schema: migrateBody, example: { clusterId: 'in01-0123456789abcde' } },
      },
    },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});

export const copyBackup = createRoute({
  method: 'post',
  path: `${path}/{name}/copies`,
  operationId: 'copyBackup',
  tags,
  summary: 'Copy a backup to another store of the configuration',
  request: {
    params: backupName,
    body: {
      required: true,
      content: { 'application/json': { schema: copyBody, example: { to: 'offsite' } } },
    },
  },
  responses: { ...accepted, ...problems(400, 404, 409) },
});
