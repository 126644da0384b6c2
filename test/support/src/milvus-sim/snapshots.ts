import type { Handlers } from './handlers.js';
import { createS3Store, type ObjectStore } from './object-store.js';
import { addPartition } from './rpc-collections.js';
import { storedFields } from './schema.js';
import { readDeletesOf, readSegment, segmentKeys, writeSegment } from './segment-files.js';
import { appendRows, flushCollection, newSegment } from './segments.js';
import { badParameter, SimError } from './sim-error.js';
import { parseSnapshot, type SnapshotFile, snapshotFileOf, stringifySnapshot } from './snapshot-file.js';
import type { Collection } from './types.js';
import { allPartitions, findCollection, findDatabase, type World } from './world.js';

export interface Snapshot {
  readonly id: bigint;
  readonly name: string;
  readonly description: string;
  readonly collection: Collection;
  readonly createTs: bigint;
  readonly file: SnapshotFile;
  readonly keys: readonly string[];
  /** Of the pause that keeps its files. */
  readonly ticket: string;
}

export interface RestoreJob {
  readonly id: string;
  readonly name: string;
  readonly database: string;
  readonly collection: string;
  state: number;
  progress: number;
  reason: string;
}

const restoreStates = { executing: 2, completed: 3, failed: 4 } as const;
const forEver = 365 * 24 * 3600;

interface OfSnapshot {
  readonly name: string;
  readonly collection_name: string;
}

/** Snapshots of 3.0. What the exported files hold is of the simulator's own making; only it reads them. */
export function createSnapshotHandlers(world: World): Handlers {
  const keyOf = (collection: Collection, name: string): string => `${collection.id}/${name}`;
  const find = ({ name, collection_name }: OfSnapshot, database: string): Snapshot => {
    const collection = findCollection(world, database, collection_name);
    const found = world.snapshots.get(keyOf(collection, name));
    if (found === undefined) throw new SimError(2500, 1, `snapshot not found[snapshot=${name}]`);
    return found;
  };
  return {
    async CreateSnapshot(
      { name, collection_name, description }: OfSnapshot & { readonly description: string },
      { database },
    ) {
      const collection = findCollection(world, database, collection_name);
      if (world.snapshots.has(keyOf(collection, name)))
        throw badParameter(`snapshot name ${name} already exists`);
      await flushCollection(world, collection);
      const keys = [...collection.segments.values()].flatMap((segment) =>
        segmentKeys(world, collection, segment),
      );
      world.snapshots.set(keyOf(collection, name), {
        id: world.clock.nextId(),
        name,
        description,
        collection,
        createTs: world.clock.nextTimestamp(),
        file: snapshotFileOf(world, collection),
        keys,
        ticket: world.garbage.pause(collection.id, forEver),
      });
      return {};
    },
    async DropSnapshot(request: OfSnapshot, { database }) {
      const snapshot = find(request, database);
      world.snapshots.delete(keyOf(snapshot.collection, snapshot.name));
      await world.garbage.resume(snapshot.ticket);
      return {};
    },
    ListSnapshots({ collection_name }: OfSnapshot, { database }) {
      const { id } = findCollection(world, database, collection_name);
      return {
        snapshots: [...world.snapshots.values()]
          .filter((one) => one.collection.id === id)
          .map(({ name }) => name),
      };
    },
    DescribeSnapshot(request: OfSnapshot, { database }) {
      const { name, description, collection, createTs, file } = find(request, database);
      return {
        name,
        description,
        collection_name: collection.name,
        partition_names: file.partitions.map((one) => one.name),
        create_ts: String(createTs),
      };
    },
    async ExportSnapshot(
      request: OfSnapshot & { readonly target_s3_path: string; readonly external_spec: string },
      { database },
    ) {
      const snapshot = find(request, database);
      const place = openUri(world, request.target_s3_path, request.external_spec);
      const base = place.key.replace(/\/+$/, '');
      for (const key of snapshot.keys) {
        await place.store.put(`${base}/${key}`, await world.store.get(key));
      }
      const metadata = `${base}/snapshots/${snapshot.collection.id}/metadata/${snapshot.id}.json`;
      await place.store.put(metadata, stringifySnapshot(snapshot.file));
      place.close();
      return {
        snapshot_metadata_uri: request.target_s3_path.replace(/\/+$/, '') + metadata.slice(base.length),
      };
    },
    async RestoreExternalSnapshot(
      request: {
        readonly target_collection_name: string;
        readonly snapshot_metadata_uri: string;
        readonly external_spec: string;
      },
      { database },
    ) {
      const db = findDatabase(world, database);
      const name = request.target_collection_name;
      if (db.collections.has(name)) throw badParameter(`collection ${name} already exists`);
      const place = openUri(world, request.snapshot_metadata_uri, request.external_spec);
      const job: RestoreJob = {
        id: String(world.clock.nextId()),
        name: request.snapshot_metadata_uri,
        database: db.name,
        collection: name,
        state: restoreStates.executing,
        progress: 0,
        reason: '',
      };
      world.restores.set(job.id, job);
      void restore(world, job, place.store, place.key)
        .catch((error: unknown) => {
          job.state = restoreStates.failed;
          job.reason = String(error);
        })
        .finally(place.close);
      return { job_id: job.id };
    },
    GetRestoreSnapshotState({ job_id }: { readonly job_id: string }) {
      const job = world.restores.get(job_id);
      if (job === undefined) throw new SimError(2501, 1, `restore job not found[job=${job_id}]`);
      return { info: describeJob(job) };
    },
    ListRestoreSnapshotJobs: () => ({ jobs: [...world.restores.values()].map(describeJob) }),
  };
}

function describeJob({ id, name, database, collection, state, progress, reason }: RestoreJob): object {
  return {
    job_id: id,
    snapshot_name: name,
    db_name: database,
    collection_name: collection,
    state,
    progress,
    reason,
  };
}

async function restore(
  world: World,
  job: RestoreJob,
  store: ObjectStore,
  metadataKey: string,
): Promise<void> {
  const file = parseSnapshot(await store.get(metadataKey));
  const [base] = metadataKey.split('/snapshots/');
  const elsewhere: World = { ...world, store };
  const collection = file.open(world, job.database, job.collection);
  for (const { name } of file.partitions) addPartition(world, collection, name);
  const partitionIds = new Map(
    file.partitions.map(({ id, name }) => [id, collection.partitions.get(name)?.id ?? allPartitions]),
  );
  for (const { partition, channel, level, logs, deltas, storageVersion } of file.segments) {
    const partitionId = partitionIds.get(partition) ?? allPartitions;
    const place = (key: string): string => `${base}/${key}`;
    const deletes = await readDeletesOf(elsewhere, deltas.map(place));
    const target = collection.virtualChannels[channel] ?? '';
    collection.deletes.push(
      ...deletes.map((one) => ({ ...one, partitionId, channel: target, flushed: false })),
    );
    if (level === 'l0') continue;
    const keys = new Map(logs.map(([id, names]) => [id, names.map(place)]));
    const rows = await readSegment(elsewhere, storedFields(collection.schema), keys, storageVersion);
    const segment = newSegment(world, collection, {
      partitionId,
      channel: target,
      level: 'data',
      state: 'flushed',
    });
    appendRows(segment, { ...rows, timestamps: [...rows.timestamps], rowIds: [...rows.rowIds] }, [
      ...rows.timestamps.keys(),
    ]);
    await writeSegment(world, collection, segment);
  }
  findDatabase(world, job.database).collections.set(job.collection, collection);
  job.progress = 100;
  job.state = restoreStates.completed;
}

interface OpenPlace {
  readonly store: ObjectStore;
  readonly key: string;
  readonly close: () => void;
}

/** `s3://bucket/key` is this server's own store; `minio://endpoint/bucket/key` another one, with keys in the spec. */
function openUri(world: World, uri: string, spec: string): OpenPlace {
  const [, scheme = '', rest = ''] = /^(\w+):\/\/(.+)$/.exec(uri) ?? [];
  const [first = '', ...path] = rest.split('/');
  if (scheme === 's3' || scheme === 'gcs')
    return { store: world.store.openBucket(first), key: path.join('/'), close() {} };
  const parsed =
    spec === '' ? {} : (JSON.parse(spec) as { readonly extfs?: Readonly<Record<string, string>> });
  const access = parsed.extfs;
  const [bucket = '', ...key] = path;
  if (scheme !== 'minio' || access === undefined) throw badParameter(`cannot open ${uri}`);
  const store = createS3Store({
    endpoint: `${String(access.use_ssl) === 'true' ? 'https' : 'http'}://${first}`,
    accessKey: access.access_key_id ?? '',
    secretKey: access.access_key_value ?? '',
    bucket,
  });
  return { store, key: key.join('/'), close: () => store.close() };
}
