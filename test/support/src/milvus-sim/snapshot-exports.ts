import type { Handlers } from './handlers.js';
import { SimError } from './sim-error.js';
import { stringifySnapshot } from './snapshot-file.js';
import { type OpenPlace, openPlace } from './snapshot-place.js';
import type { Snapshot } from './snapshots.js';
import type { World } from './world.js';

const states = { pending: 1, executing: 2, completed: 3, failed: 4 } as const;

interface ExportJob {
  readonly job_id: string;
  readonly snapshot_name: string;
  readonly db_name: string;
  readonly collection_name: string;
  state: number;
  progress: number;
  reason: string;
  total_files: number;
  copied_files: number;
  /** Told when it is completed. */
  snapshot_metadata_uri: string;
  total_bytes: number;
}

interface ExportRequest {
  readonly name: string;
  readonly collection_name: string;
  readonly target_s3_path: string;
  readonly external_spec: string;
}

/** Exports run by themselves, whoever asked for them. They hold the files of their snapshot, dropped or not. */
export function createExportHandlers(
  world: World,
  find: (request: ExportRequest, database: string) => Snapshot,
): Handlers {
  const jobs = new Map<string, ExportJob>();
  world.faults.snapshots.onForget(() => {
    for (const [id, { state }] of jobs) if (state >= states.completed) jobs.delete(id);
  });
  return {
    async ExportSnapshot(request: ExportRequest, { database }) {
      const snapshot = find(request, database);
      const place = openPlace(world, request.target_s3_path, request.external_spec);
      const job: ExportJob = {
        job_id: String(world.clock.nextId()),
        snapshot_name: snapshot.name,
        db_name: snapshot.collection.database,
        collection_name: snapshot.collection.name,
        state: states.pending,
        progress: 0,
        reason: '',
        total_files: snapshot.keys.length,
        copied_files: 0,
        snapshot_metadata_uri: '',
        total_bytes: 0,
      };
      jobs.set(job.job_id, job);
      const pin = world.garbage.pause(snapshot.collection.id, 24 * 3600);
      const running = run(world, job, snapshot, place, request.target_s3_path)
        .catch((error: unknown) => {
          job.state = states.failed;
          job.reason = error instanceof Error ? error.message : String(error);
        })
        .finally(async () => {
          place.close();
          await world.garbage.resume(pin);
        });
      if (!world.faults.snapshots.exportsAtOnce) return { job_id: job.job_id };
      await running;
      if (job.reason !== '') throw new SimError(65535, 1, job.reason);
      return { snapshot_metadata_uri: job.snapshot_metadata_uri };
    },
    GetExportSnapshotState({ job_id }: { readonly job_id: string }) {
      const info = jobs.get(job_id);
      if (info === undefined) throw new SimError(2502, 1, `export job not found[job=${job_id}]`);
      return { info: { ...info } };
    },
  };
}

async function run(
  world: World,
  job: ExportJob,
  snapshot: Snapshot,
  { store, bucket, key }: OpenPlace,
  uri: string,
): Promise<void> {
  const { snapshots: faults } = world.faults;
  const base = faults.exportsNested ? `${key}/exports/${job.job_id}` : key;
  // A job is told of before it has begun.
  await new Promise((resolve) => setImmediate(resolve));
  job.state = states.executing;
  let bytes = 0;
  for (const key of snapshot.keys) {
    await faults.beforeFile(job.copied_files);
    if (faults.exportFailure !== undefined && job.copied_files >= snapshot.keys.length / 2)
      throw new Error(faults.exportFailure);
    const content = await world.store.get(key);
    await store.put(`${base}/files/${key}`, content);
    bytes += content.length;
    job.copied_files += 1;
    job.progress = 5 + Math.floor((90 * job.copied_files) / snapshot.keys.length);
  }
  await faults.beforeFile(job.copied_files);
  if (faults.exportFailure !== undefined) throw new Error(faults.exportFailure);
  const path = `snapshots/${snapshot.collection.id}/metadata/${snapshot.id}.json`;
  const metadata = stringifySnapshot(snapshot.file);
  await store.put(`${base}/${path}`, metadata);
  job.total_files += 1;
  job.copied_files += 1;
  job.total_bytes = bytes + metadata.length;
  job.snapshot_metadata_uri = faults.exportsNested
    ? `https://storage.test/${bucket}/${base}/${path}`
    : `${uri.replace(/\/+$/, '')}/${path}`;
  job.progress = 100;
  job.state = states.completed;
}
