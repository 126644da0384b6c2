import { BackupError, isBackupError } from '../errors/index.js';
import type { CollectionName } from '../filter/types.js';
import type { CollectionMeta, DatabaseMeta, PartitionMeta } from '../meta/types.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { BackupRun } from './backup-run.js';

/**
 * The database's record; older servers tell the name alone.
 * @throws BackupError also when the keys of an encrypted database cannot be had: its data could not be read without them
 */
export async function describeDatabase(
  { milvus, management }: Pick<BackupRun, 'milvus' | 'management'>,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseMeta> {
  const { features } = await milvus.serverInfo({ signal });
  if (!features.describeDatabase) return { db_name: name, db_id: 0n, properties: [], ezk: '' };
  const described = await describeIfPossible(milvus, name, signal);
  const encrypted = cipherProperties.every((key) =>
    described.properties.some((property) => property.key === key && property.value !== ''),
  );
  return encrypted ? { ...described, ezk: await management.encryptionKeys(name, { signal }) } : described;
}

/** A build that says to be new enough may be without the call. */
async function describeIfPossible(
  milvus: MilvusGateway,
  name: string,
  signal: AbortSignal | undefined,
): Promise<DatabaseMeta> {
  try {
    return await milvus.describeDatabase(name, { signal });
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'MILVUS_UNSUPPORTED') throw error;
    return { db_name: name, db_id: 0n, properties: [], ezk: '' };
  }
}

/** A database that has both is encrypted. */
const cipherProperties = ['cipher.ezID', 'cipher.key'];

/** A collection before its data. */
export interface Structure {
  readonly collection: CollectionMeta;
  /** What the Go tool's metadata cannot say of the schema; empty: nothing. */
  readonly fullSchema: string;
  /** Whether its data lies outside of Milvus. */
  readonly external: boolean;
}

/** The collection's structure, its partitions and indexes; segments and times come later. */
export async function describeCollection(
  milvus: MilvusGateway,
  at: CollectionName,
  backupId: string,
  signal?: AbortSignal,
): Promise<Structure> {
  const [described, indexes, loadState, partitions] = await Promise.all([
    milvus.describeCollection(at, { signal }),
    milvus.listIndexes(at, { signal }),
    loadStateOf(milvus, at, signal),
    milvus.listPartitions(at, { signal }),
  ]);
  if (described.name !== at.collection) throw aliasGiven(at, described.name);
  const collection: CollectionMeta = {
    id: backupId,
    collection_id: described.collectionId,
    db_name: described.databaseName || at.database,
    collection_name: described.name,
    schema: described.schema,
    shards_num: described.shardsNum,
    consistency_level: described.consistencyLevel,
    partition_backups: partitions.map(
      ({ id, name }): PartitionMeta => ({
        partition_id: id,
        partition_name: name,
        collection_id: described.collectionId,
        segment_backups: [],
        size: 0,
        load_state: loadState === 'Loading' ? 'NotLoad' : loadState,
      }),
    ),
    backup_timestamp: 0n,
    size: 0,
    has_index: indexes.length > 0,
    index_infos: indexes,
    load_state: loadState,
    backup_physical_timestamp: 0n,
    channel_checkpoints: {},
    l0_segments: [],
    properties: described.properties,
    db_id: described.databaseId,
    created_timestamp: described.createdTimestamp,
    virtual_channel_names: described.virtualChannels,
    physical_channel_names: described.physicalChannels,
    aliases: described.aliases,
    snapshot_backup: null,
  };
  return {
    collection,
    fullSchema: described.fullSchema ?? '',
    external: Boolean(described.externalSource),
  };
}

/** By the progress, as the Go tool: one that Milvus refuses to tell is that of a collection out of memory. */
async function loadStateOf(
  milvus: MilvusGateway,
  at: CollectionName,
  signal: AbortSignal | undefined,
): Promise<string> {
  let percent: number;
  try {
    percent = await milvus.loadProgress(at, [], { signal });
  } catch (error) {
    if (!isBackupError(error) || !answersOfMilvus.has(error.code)) throw error;
    percent = 0;
  }
  return percent >= 100 ? 'Loaded' : percent > 0 ? 'Loading' : 'NotLoad';
}

const answersOfMilvus = new Set<string>(['MILVUS_ERROR', 'MILVUS_UNSUPPORTED', 'COLLECTION_NOT_FOUND']);

function aliasGiven(at: CollectionName, name: string): BackupError {
  return new BackupError({
    code: 'COLLECTION_NOT_FOUND',
    message: `${at.database}.${at.collection} is an alias of ${name}, not a collection`,
    remedy: `name the collection ${name}`,
    details: { database: at.database, collection: at.collection },
  });
}
