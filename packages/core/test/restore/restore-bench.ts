import { loadConfig } from '../../src/config/index.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { nameKey } from '../../src/filter/index.js';
import type { Logger } from '../../src/log.js';
import { type BackupExtras, noExtras } from '../../src/meta/extras.js';
import { type BackupMeta, type CollectionMeta, makeField, makeSchema } from '../../src/meta/index.js';
import type { CollectionRef, ImportInput, ImportJobInput, MilvusGateway } from '../../src/milvus/gateway.js';
import { featuresOf } from '../../src/milvus/index.js';
import type { RestoreRequest } from '../../src/requests.js';
import { restoreBackup } from '../../src/restore/restore-backup.js';
import { RestoreJournal } from '../../src/restore/restore-journal.js';
import { TaskTracker } from '../../src/task/tracker.js';
import type { TaskView } from '../../src/task/types.js';
import { createTransfer, type Store } from '../../src/transfer/transfer.js';
import { makeGateway } from '../service/gateway.js';
import { settleFast } from '../task/settle.js';
import { logsOf, planCollection, type SegmentPlan } from './backups.js';

export const schema = makeSchema({
  fields: [
    makeField({ name: 'id', fieldID: 100n, data_type: 5, is_primary_key: true }),
    makeField({ name: 'vector', fieldID: 101n, data_type: 101 }),
  ],
});

/** A collection of the one id that {@link logsOf} knows. */
export const bookOf = (segments: readonly SegmentPlan[], given: Partial<CollectionMeta> = {}) =>
  planCollection(segments, { schema, ...given });

export interface RestoreBench {
  /** Collections that Milvus has. */
  readonly present: Map<string, CollectionMeta['schema']>;
  /** Calls that change something, and what is removed from Milvus's bucket, in the order of their coming. */
  readonly changes: string[];
  readonly warnings: string[];
  readonly imports: ImportInput[];
  readonly jobs: ImportJobInput[];
  readonly store: MemoryStore;
  /** Restores, waiting for no clock. */
  restore(
    request?: Partial<RestoreRequest>,
    answers?: Partial<MilvusGateway>,
    extras?: BackupExtras,
  ): Promise<TaskView>;
}

/**
 * One restore, from the files of a backup in memory, into a Milvus that takes every import for done with as many rows as each
 * segment has (one).
 * @param bucket `a-bucket` is Milvus's own: nothing is staged
 */
export async function makeRestoreBench(
  meta: BackupMeta,
  bucket = 'backups',
  settings: readonly string[] = [],
): Promise<RestoreBench> {
  const { value: config } = await loadConfig({
    path: '',
    env: {},
    cwd: '/',
    set: [`backup.storage.bucketName=${bucket}`, 'milvus.storage.bucketName=a-bucket', ...settings],
  });
  const store: MemoryStore = new Map();
  const source: Store = {
    section: config.backup.storage,
    driver: createMemoryDriver({ store, bucket }),
  };
  const target: Store = {
    section: config.milvus.storage,
    driver: createMemoryDriver({ store, bucket: 'a-bucket' }),
  };
  for (const collection of meta.collection_backups) {
    for (const log of logsOf(collection)) await source.driver.put(log.key, new Uint8Array(log.size));
  }
  const bench: Omit<RestoreBench, 'restore'> = {
    present: new Map(),
    changes: [],
    warnings: [],
    imports: [],
    jobs: [],
    store,
  };
  const remove = target.driver.delete.bind(target.driver);
  target.driver.delete = async (keys, call) => {
    if (keys.length > 0) bench.changes.push(`remove ${keys.length}`);
    return await remove(keys, call);
  };
  return {
    ...bench,
    async restore(request = {}, answers = {}, extras = noExtras) {
      const signal = new AbortController().signal;
      const tracker = new TaskTracker({ id: 'run', kind: 'restore', backupName: 'b', now: () => 1 });
      const logger = recordWarnings(bench.warnings);
      await settleFast(() =>
        restoreBackup({
          id: 'run',
          request: { name: 'b', ...request },
          meta,
          extras,
          milvus: { ...answer(bench), ...answers },
          source,
          sourceRoot: 'backup',
          target,
          transfer: createTransfer(source, target, config.transfer, logger),
          inPlace: bucket === 'a-bucket',
          config,
          logger,
          journal: new RestoreJournal({
            ...source,
            root: 'backup',
            name: 'b',
            id: 'run',
            fingerprint: 'f',
            logger,
          }),
          tracker,
          now: () => 1,
          signal,
        }),
      );
      return tracker.view();
    },
  };
}

function answer({ present, changes, imports, jobs }: Omit<RestoreBench, 'restore'>): MilvusGateway {
  const rows = new Map<string, number>();
  const describe = (at: CollectionRef): CollectionMeta['schema'] => {
    const found = present.get(nameKey(at));
    if (found) return found;
    throw new BackupError({ code: 'COLLECTION_NOT_FOUND', message: `no collection ${nameKey(at)}` });
  };
  return makeGateway({
    serverInfo: async () => ({ version: 'v2.3.5', features: featuresOf('2.3.5', true) }),
    listDatabases: async () => ['default'],
    hasCollection: async (at) => present.has(nameKey(at)),
    describeCollection: async (at) => ({
      collectionId: 1n,
      databaseId: 0n,
      databaseName: at.database,
      name: at.collection,
      schema: describe(at),
      shardsNum: 1,
      consistencyLevel: 0,
      properties: [],
      aliases: [],
      createdTimestamp: 1n,
      virtualChannels: [],
      physicalChannels: [],
    }),
    createCollection: async (at, input) => {
      changes.push(`create ${nameKey(at)}`);
      // As Milvus: one that is there with the same schema is no error.
      const fields = input.schema.fields.map((field, index) => ({ ...field, fieldID: 100n + BigInt(index) }));
      present.set(nameKey(at), { ...input.schema, fields });
    },
    addField: async (at, field) => {
      changes.push(`add ${field.name}`);
      const held = describe(at);
      const fieldID = 100n + BigInt(held.fields.length) + (held.enable_dynamic_field ? 1n : 0n);
      present.set(nameKey(at), { ...held, fields: [...held.fields, { ...field, fieldID }] });
    },
    dropCollection: async (at) => {
      changes.push(`drop ${nameKey(at)}`);
      present.delete(nameKey(at));
    },
    alterCollection: async (at, properties) =>
      void changes.push(
        `alter ${nameKey(at)} ${properties.map(({ key, value }) => `${key}=${value}`).join()}`,
      ),
    createAlias: async (at, alias) => void changes.push(`alias ${alias} ${nameKey(at)}`),
    dropAlias: async (database, alias) => void changes.push(`drop alias ${database}.${alias}`),
    load: async (at, { partitions, replicas, resourceGroups }) =>
      void changes.push(`load ${nameKey(at)} [${partitions}] ${replicas} [${resourceGroups}]`),
    loadProgress: async () => 100,
    createIndex: async (_at, input) => void changes.push(`index ${input.fieldName}`),
    hasPartition: async () => true,
    rowCount: async (at) => rows.get(nameKey(at)) ?? 0,
    startImportJob: async (at, input) => {
      changes.push(`import ${nameKey(at)}`);
      jobs.push(input);
      if (!input.isL0) rows.set(nameKey(at), (rows.get(nameKey(at)) ?? 0) + input.folders.length);
      return `rest:${jobs.length}`;
    },
    startImport: async (at, input) => {
      changes.push(`import ${nameKey(at)}`);
      imports.push(input);
      if (!input.isL0) rows.set(nameKey(at), (rows.get(nameKey(at)) ?? 0) + 1);
      return String(imports.length);
    },
    importState: async (_at, id) => {
      const job = id.startsWith('rest:') ? jobs[Number(id.slice(5)) - 1] : undefined;
      return { status: 'completed', percent: 100, rows: job?.folders.length ?? 1, reason: '' };
    },
    restoreRbac: async () => void changes.push('rbac'),
  });
}

function recordWarnings(warnings: string[]): Logger {
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (...said: unknown[]) => void warnings.push(said.map((one) => JSON.stringify(one)).join(' ')),
    error: () => {},
    child: () => logger,
  };
  return logger;
}
