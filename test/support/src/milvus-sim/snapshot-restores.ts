import type { Handlers } from './handlers.js';
import type { ObjectStore } from './object-store.js';
import { addPartition, dropCollection } from './rpc-collections.js';
import { storedFields } from './schema.js';
import { readDeletesOf, readSegment, writeSegment } from './segment-files.js';
import { appendRows, newSegment } from './segments.js';
import { badParameter, SimError } from './sim-error.js';
import { parseSnapshot } from './snapshot-file.js';
import { openPlace } from './snapshot-place.js';
import { allPartitions, findDatabase, type World } from './world.js';

export interface RestoreJob {
  readonly id: string;
  readonly name: string;
  readonly database: string;
  readonly collection: string;
  readonly startedAt: number;
  state: number;
  progress: number;
  reason: string;
}

const states = { pending: 1, executing: 2, completed: 3, failed: 4 } as const;

/** A restore makes its collection itself, and takes it away again when it fails. */
export function createSnapshotRestoreHandlers(world: World): Handlers {
  world.faults.snapshots.onForget(() => {
    for (const [id, { state }] of world.restores) if (state >= states.completed) world.restores.delete(id);
  });
  return {
    RestoreExternalSnapshot(
      request: {
        readonly target_collection_name: string;
        readonly snapshot_metadata_uri: string;
        readonly external_spec: string;
      },
      { database },
    ) {
      const db = findDatabase(world, database);
      const name = request.target_collection_name;
      const making = [...world.restores.values()].some(
        (job) => job.database === db.name && job.collection === name && job.state < states.completed,
      );
      if (making || db.collections.has(name)) throw badParameter(`collection ${name} already exists`);
      const uri = request.snapshot_metadata_uri;
      const [, metadata = ''] = /\/snapshots\/\d+\/metadata\/(\d+)\.json$/.exec(uri) ?? [];
      if (metadata === '') throw badParameter(`${uri} is no metadata of a snapshot`);
      const place = openPlace(world, uri, request.external_spec);
      const job: RestoreJob = {
        id: String(world.clock.nextId()),
        name: metadata,
        database: db.name,
        collection: name,
        startedAt: Number(world.clock.nextTimestamp() >> 18n),
        state: states.pending,
        progress: 0,
        reason: '',
      };
      world.restores.set(job.id, job);
      void restore(world, job, place.store, place.key)
        .catch((error: unknown) => {
          job.state = states.failed;
          job.reason = error instanceof Error ? error.message : String(error);
        })
        .finally(place.close);
      return { job_id: job.id };
    },
    GetRestoreSnapshotState({ job_id }: { readonly job_id: string }) {
      const job = world.restores.get(job_id);
      if (job === undefined) throw new SimError(2501, 1, `restore job not found[job=${job_id}]`);
      return { info: describeJob(job) };
    },
    ListRestoreSnapshotJobs: ({ collection_name }: { readonly collection_name: string }, { database }) => ({
      jobs: [...world.restores.values()]
        .filter((job) => job.database === database)
        .filter((job) => collection_name === '' || job.collection === collection_name)
        .map(describeJob),
    }),
  };
}

function describeJob(job: RestoreJob): object {
  const { id, name, database, collection, state, progress, reason, startedAt } = job;
  return {
    job_id: id,
    snapshot_name: name,
    db_name: database,
    collection_name: collection,
    state,
    progress,
    reason,
    start_time: String(startedAt),
  };
}

async function restore(
  world: World,
  job: RestoreJob,
  store: ObjectStore,
  metadataKey: string,
): Promise<void> {
  const { snapshots: faults } = world.faults;
  // A job is told of before it has begun.
  await new Promise((resolve) => setImmediate(resolve));
  job.state = states.executing;
  const file = parseSnapshot(await store.get(metadataKey));
  const [base = ''] = metadataKey.split('/snapshots/');
  const elsewhere: World = { ...world, store };
  const collection = file.open(world, job.database, job.collection);
  for (const { name } of file.partitions) addPartition(world, collection, name);
  findDatabase(world, job.database).collections.set(job.collection, collection);
  try {
    await faults.beforeRestore();
    if (faults.restoreFailure !== undefined) throw new Error(faults.restoreFailure);
    const partitionIds = new Map(
      file.partitions.map(({ id, name }) => [id, collection.partitions.get(name)?.id ?? allPartitions]),
    );
    for (const [index, segment] of file.segments.entries()) {
      const { partition, channel, level, logs, deltas, storageVersion } = segment;
      const partitionId = partitionIds.get(partition) ?? allPartitions;
      const place = (key: string): string => `${base}/files/${key}`;
      const deletes = await readDeletesOf(elsewhere, deltas.map(place));
      const target = collection.virtualChannels[channel] ?? '';
      collection.deletes.push(
        ...deletes.map((one) => ({ ...one, partitionId, channel: target, flushed: false })),
      );
      job.progress = Math.floor((100 * index) / file.segments.length);
      if (level === 'l0') continue;
      const keys = new Map(logs.map(([id, names]) => [id, names.map(place)]));
      const rows = await readSegment(elsewhere, storedFields(collection.schema), keys, storageVersion);
      const made = newSegment(world, collection, {
        partitionId,
        channel: target,
        level: 'data',
        state: 'flushed',
      });
      appendRows(made, { ...rows, timestamps: [...rows.timestamps], rowIds: [...rows.rowIds] }, [
        ...rows.timestamps.keys(),
      ]);
      await writeSegment(world, collection, made);
    }
  } catch (error) {
    await dropCollection(world, collection);
    throw error;
  }
  job.progress = 100;
  job.state = states.completed;
}
