import { BackupError, isBackupError } from '../errors/index.js';
import { nameOf, type Open, optionsOf } from './calls.js';
import type { CollectionRef, MilvusCall } from './gateway.js';
import type { ExportState, SnapshotCalls, SnapshotRestoreState } from './gateway-snapshots.js';
import { sendChange } from './send-change.js';
import type { Session } from './session.js';

/** Of jobs of both kinds: `ExportSnapshotState` and `RestoreSnapshotState`. All else is going on. */
const statusOf = (state: number): ExportState['status'] =>
  state === 3 ? 'completed' : state === 4 ? 'failed' : 'running';

export function createSnapshotCalls(open: Open): SnapshotCalls {
  return {
    async createSnapshot(at, name, call) {
      const session = await open(call);
      const request = { name, ...nameOf(at), compaction_protection_seconds: 0 };
      await sendChange(
        () => session.call('CreateSnapshot', request, optionsOf(at, call)),
        () => isThere(session, at, name, call),
        call,
      );
    },

    async describeSnapshot(at, name, call) {
      const session = await open(call);
      const answer = await session.call('DescribeSnapshot', { name, ...nameOf(at) }, optionsOf(at, call));
      return { createTimestamp: BigInt(answer.create_ts) };
    },

    async dropSnapshot(at, name, call) {
      const session = await open(call);
      try {
        await session.call('DropSnapshot', { name, ...nameOf(at) }, optionsOf(at, call));
      } catch (error) {
        if (!tellsOfNone(error)) throw error;
      }
    },

    async exportSnapshot(at, name, { uri, externalSpec }, call) {
      const session = await open(call);
      const request = { name, ...nameOf(at), target_s3_path: uri, external_spec: externalSpec };
      const answer = await session.call('ExportSnapshot', request, optionsOf(at, call));
      if (answer.job_id !== '0') return { jobId: answer.job_id };
      if (answer.snapshot_metadata_uri !== '') return { metadataUri: answer.snapshot_metadata_uri };
      throw new BackupError({
        code: 'MILVUS_ERROR',
        message: `Milvus took the export of ${at.database}.${at.collection} and named no job`,
        remedy: 'run again; this build of Milvus may be older than its first release with exports',
      });
    },

    async exportState(jobId, call) {
      const session = await open(call);
      const { info } = await session.call('GetExportSnapshotState', { job_id: jobId }, of(call));
      return {
        status: statusOf(info?.state ?? 0),
        percent: info?.progress ?? 0,
        totalFiles: Number(info?.total_files ?? 0),
        totalBytes: Number(info?.total_bytes ?? 0),
        metadataUri: info?.snapshot_metadata_uri ?? '',
        reason: info?.reason ?? '',
      };
    },

    async restoreSnapshot(at, { uri, externalSpec }, call) {
      const session = await open(call);
      const request = {
        target_collection_name: at.collection,
        snapshot_metadata_uri: uri,
        external_spec: externalSpec,
      };
      let job = '';
      await sendChange(
        async () => {
          job = (await session.call('RestoreExternalSnapshot', request, optionsOf(at, call))).job_id;
        },
        async () => {
          // One that has ended may be of an earlier restore into that name, unless its collection is there, which was not before.
          const made = (await session.call('HasCollection', nameOf(at), optionsOf(at, call))).value;
          const statuses = made ? (['running', 'completed'] as const) : (['running'] as const);
          job = (await findRestore(session, at, statuses, call)) ?? '';
          return job !== '';
        },
        call,
      );
      return job;
    },

    async restoreState(jobId, call): Promise<SnapshotRestoreState> {
      const session = await open(call);
      try {
        const { info } = await session.call('GetRestoreSnapshotState', { job_id: jobId }, of(call));
        const { state = 0, progress = 0, reason = '' } = info ?? {};
        return { status: statusOf(state), percent: progress, reason };
      } catch (error) {
        if (!tellsOfNone(error)) throw error;
        return { status: 'failed', percent: 0, reason: `Milvus does not know the job ${jobId} any more` };
      }
    },

    findSnapshotRestore: async (at, call) =>
      findRestore(await open(call), at, ['running', 'completed'], call),

    async deleteCollectionProperties(at, keys, call) {
      const session = await open(call);
      const request = { ...nameOf(at), properties: [], delete_keys: keys };
      await session.call('AlterCollection', request, optionsOf(at, call));
    },

    async deleteFieldParams(at, field, keys, call) {
      const session = await open(call);
      const request = { ...nameOf(at), field_name: field, delete_keys: keys };
      await session.call('AlterCollectionField', request, optionsOf(at, call));
    },

    async deleteIndexParams(at, index, keys, call) {
      const session = await open(call);
      const request = { ...nameOf(at), index_name: index, delete_keys: keys };
      await session.call('AlterIndex', request, optionsOf(at, call));
    },
  };
}

const of = (call: MilvusCall | undefined) => ({ signal: call?.signal });

async function isThere(
  session: Session,
  at: CollectionRef,
  name: string,
  call: MilvusCall | undefined,
): Promise<boolean> {
  try {
    await session.call('DescribeSnapshot', { name, ...nameOf(at) }, optionsOf(at, call));
    return true;
  } catch (error) {
    if (tellsOfNone(error)) return false;
    throw error;
  }
}

async function findRestore(
  session: Session,
  at: CollectionRef,
  statuses: readonly ExportState['status'][],
  call: MilvusCall | undefined,
): Promise<string | null> {
  const { jobs } = await session.call('ListRestoreSnapshotJobs', nameOf(at), optionsOf(at, call));
  const own = jobs.filter(
    (job) =>
      job.collection_name === at.collection &&
      (job.db_name || 'default') === at.database &&
      statuses.includes(statusOf(job.state)),
  );
  // Ids are given in order of time.
  const [latest] = own.map((job) => BigInt(job.job_id)).sort((a, b) => (a < b ? 1 : -1));
  return latest === undefined ? null : String(latest);
}

/** Milvus has no code for it that is told anywhere: its sentence is what there is. */
function tellsOfNone(error: unknown): boolean {
  if (!isBackupError(error)) return false;
  if (error.code === 'COLLECTION_NOT_FOUND' || error.code === 'DATABASE_NOT_FOUND') return true;
  // Without the words before it, which name the call.
  const reason = error.message.slice(error.message.indexOf(': ') + 1);
  return error.code === 'MILVUS_ERROR' && saysNone.test(reason);
}

const none = "(?:not found|not exist|doesn't exist|no such)";
const saysNone = new RegExp(`\\b(?:snapshot|job)\\b.*${none}|${none}.*\\b(?:snapshot|job)\\b`, 'i');
