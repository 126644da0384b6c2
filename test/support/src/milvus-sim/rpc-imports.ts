import type { Handlers } from './handlers.js';
import { type ImportJob, startImport, viewOf } from './import-jobs.js';
import { SimError } from './sim-error.js';
import type { KeyValue } from './types.js';
import type { World } from './world.js';

/** `common.ImportState`. */
const states = { pending: 0, failed: 1, persisted: 5, completed: 6 } as const;

/** Import as gRPC has it; the jobs are the same as those of REST. */
export function createImportHandlers(world: World): Handlers {
  return {
    Import(
      request: {
        readonly collection_name: string;
        readonly partition_name: string;
        readonly files: readonly string[];
        readonly options: readonly KeyValue[];
      },
      { database },
    ) {
      const job = startImport(world, {
        database,
        collection: request.collection_name,
        partition: request.partition_name,
        // One set of folders a call: inserts, and deletes or an empty text.
        files: [request.files.filter((file) => file !== '')],
        options: new Map(request.options.map(({ key, value }) => [key, value])),
      });
      return { tasks: [job.id] };
    },

    GetImportState({ task }: { readonly task: string }) {
      const job = world.imports.get(task);
      if (job === undefined) {
        // The state beside this status reads "pending".
        throw new SimError(1000, 1, `key not found[key=by-dev/meta/import/task/${task}]`, {
          state: states.pending,
        });
      }
      return describe(world, job);
    },

    ListImportTasks: ({ collection_name }: { readonly collection_name: string }) => ({
      tasks: [...world.imports.values()]
        .filter(({ request }) => collection_name === '' || request.collection === collection_name)
        .map((job) => describe(world, job)),
    }),
  };
}

function describe(world: World, job: ImportJob): object {
  const { state, progress, rows, reason } = viewOf(world, job);
  const number =
    state === 'completed' ? states.completed : state === 'failed' ? states.failed : states.persisted;
  return {
    id: job.id,
    collection_id: String(job.collectionId),
    state: state === 'pending' ? states.pending : number,
    row_count: String(rows),
    segment_ids: job.segmentIds.map(String),
    infos: [
      { key: 'progress_percent', value: String(progress) },
      ...(reason === '' ? [] : [{ key: 'failed_reason', value: reason }]),
    ],
  };
}
