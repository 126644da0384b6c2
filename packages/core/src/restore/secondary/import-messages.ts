import { BackupError } from '../../errors/index.js';
import { defaultDatabase, nameKey } from '../../filter/index.js';
import type { CollectionMeta } from '../../meta/types.js';
import { encodeLogMessage } from '../../milvus/replicate-wire.js';
import type { ImportUnit } from '../import-units.js';
import { sourceName } from '../plan-targets.js';
import { type Broadcast, keysOf } from './broadcast.js';
import { physicalChannelOf } from './channels.js';
import type { FlushPoint } from './flush-points.js';
import type { PlanContext } from './plan-context.js';
import { decodeSchema, encodeSchema } from './structure-messages.js';

/** `common.MsgType`. */
const importType = 408;

/** Deletes of all partitions (milvus-io/milvus, `common.AllPartitionsID`). */
const allPartitions = '-1';

/** The part of an import unit that its messages are made of; logs and copies would be too many to keep. */
export type UnitFacts = Pick<
  ImportUnit,
  'partition' | 'folders' | 'isL0' | 'storageVersion' | 'channel' | 'bytes'
> & {
  /** Of the segments, deletes not subtracted. */
  readonly rows: number;
};

/** One import: the job that the first message asks for, and that the second one makes visible. */
export interface ImportStep {
  readonly collection: CollectionMeta;
  readonly unit: UnitFacts;
  readonly jobId: bigint;
  readonly start: Broadcast;
}

export interface ImportContext {
  readonly context: PlanContext;
  readonly flushes: ReadonlyMap<string, Pick<FlushPoint, 'tick'>>;
  /** As Milvus is to be told a key of its store. */
  readonly pathOf: (key: string) => string;
  /** Of an encrypted database; empty: none. */
  readonly ezkOf: (collection: CollectionMeta) => string;
}

/** @throws BackupError `SOURCE_INCOMPLETE` for a segment that does not tell its channel */
export function importMessage(input: ImportContext, collection: CollectionMeta, unit: UnitFacts): ImportStep {
  const { context, pathOf } = input;
  const at = sourceName(collection);
  const jobId = context.ids.id();
  const schema = encodeSchema(context, collection, []);
  const options = optionsOf(input, collection, unit);
  const start = context.broadcast(
    'Import',
    // As Milvus broadcasts its own: on the channels with data, not on the control channel.
    collection.virtual_channel_names,
    keysOf.collection(at.database, at.collection),
    encodeLogMessage('ImportHeader', {}),
    (tick) =>
      context.codec.encode('milvus.proto.msg.ImportMsg', {
        base: { msg_type: importType, timestamp: String(tick) },
        db_name: at.database,
        collection_name: at.collection,
        collectionID: String(collection.collection_id),
        partitionIDs: [partitionId(collection, unit)],
        options,
        files: unit.folders.map((paths, index) => ({
          id: String(index + 1),
          paths: paths.filter((path) => path !== '').map(pathOf),
        })),
        schema: decodeSchema(context, schema),
        jobID: String(jobId),
      }),
  );
  return { collection, unit, jobId, start };
}

/** On the channels of the import: each of them shows its part of the rows when it comes to it. */
export function commitMessage(context: PlanContext, { collection, jobId }: ImportStep): Broadcast {
  const at = sourceName(collection);
  return context.broadcast(
    'CommitImport',
    collection.virtual_channel_names,
    keysOf.collection(at.database, at.collection),
    encodeLogMessage('CommitImportHeader', {
      collection_id: String(collection.collection_id),
      job_id: String(jobId),
    }),
    () => encodeLogMessage('CommitImportBody', {}),
  );
}

function partitionId(collection: CollectionMeta, { partition }: UnitFacts): string {
  if (partition === '') return allPartitions;
  const found = collection.partition_backups.find((one) => one.partition_name === partition);
  return String(found?.partition_id ?? allPartitions);
}

function optionsOf(
  { context, flushes, ezkOf }: ImportContext,
  collection: CollectionMeta,
  unit: UnitFacts,
): Readonly<Record<string, string>> {
  const ezk = ezkOf(collection);
  const channel = physicalChannelOf(channelOf(collection, unit), context.channels);
  const end = flushes.get(channel)?.tick;
  if (end === undefined)
    throw unknownChannel(collection, `on channel ${channel}, of which it has no flush message`);
  return {
    skip_disk_quota_check: 'true',
    ...(unit.isL0 ? { l0_import: 'true' } : { backup: 'true' }),
    // What came later, the replication brings.
    end_ts: String(end),
    storage_version: String(unit.storageVersion),
    ...(ezk === '' ? {} : { ezk }),
    auto_commit: 'false',
  };
}

/** Segments that were read from a listing do not tell it; of a collection with one channel it is clear. */
function channelOf(collection: CollectionMeta, { channel }: UnitFacts): string {
  if (channel !== '') return channel;
  const [only, ...others] = collection.virtual_channel_names;
  if (only !== undefined && others.length === 0) return only;
  throw unknownChannel(collection, 'whose channel it does not tell');
}

function unknownChannel(collection: CollectionMeta, what: string): BackupError {
  const at = sourceName(collection);
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `the backup has segments of ${nameKey(at)} ${what}`,
    remedy: 'take the backup again, with a user that may call /v2/vectordb/segments/describe',
    details: { database: at.database || defaultDatabase, collection: at.collection },
  });
}
