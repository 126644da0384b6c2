import { counted } from '../counted.js';
import { type BackupError, sleep, throwIfAborted, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { BackupExtras } from '../meta/extras.js';
import type { LoadInput } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';
import { type RestoreTarget, sourceName } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';
import { warn } from './warn.js';

const watchedAtOnce = 16;
/** Milliseconds. */
const pollEvery = 500;
/** Polls without progress, ten minutes, after which Milvus is left to itself. */
const patience = (10 * 60 * 1000) / pollEvery;

/** The name of the group that a server has by itself; asked for by name, it is refused where groups are not used. */
const defaultGroup = '__default_resource_group';

/** How a target is to be loaded; `null` when it was not in memory at the time of the backup. */
export function planLoad(target: RestoreTarget, extras: BackupExtras): LoadInput | null {
  const { source } = target;
  if (source.load_state !== 'Loaded' && source.load_state !== 'Loading') return null;
  const own = extras.loaded.get(nameKey(sourceName(source)));
  if (!own) return { partitions: [], replicas: 0, resourceGroups: [] };
  const present = new Set(source.partition_backups.map((one) => one.partition_name));
  const groups = [...new Set(own.replicas)];
  // Milvus takes one group for all replicas, or one for each.
  const sayable = groups.length === 1 || groups.length === own.replicas.length;
  const named = sayable && groups.some((one) => one !== defaultGroup);
  return {
    partitions: (own.partitions ?? []).filter((name) => present.has(name)),
    replicas: own.replicas.length,
    resourceGroups: named ? groups : [],
  };
}

interface Loading {
  readonly target: RestoreTarget;
  readonly partitions: readonly string[];
}

/**
 * Loads collections again. A load is asked for as soon as its collection is whole, and waited for when all are: Milvus does it
 * by itself. None that fails fails the restore: the rows are there.
 */
export class CollectionLoads {
  readonly #run: RestoreRun;
  readonly #started: Loading[] = [];

  constructor(run: RestoreRun) {
    this.#run = run;
  }

  /** @throws BackupError `CANCELLED` */
  async start(target: RestoreTarget, signal: AbortSignal): Promise<void> {
    const { milvus, request, extras } = this.#run;
    if (request.compat || request.skipLoad) return;
    const input = planLoad(target, extras);
    if (!input) return;
    try {
      // An existing target may be in use: what is loaded there stays as it is.
      if (request.skipCreateCollection && (await milvus.loadState(target.at, { signal })) !== 'NotLoad')
        return;
      await this.#load(target, input, signal);
      this.#started.push({ target, partitions: input.partitions });
    } catch (error) {
      throwIfAborted(signal);
      this.#warnFailed(target, toBackupError(error));
    }
  }

  /** Until all are in memory, or make no progress any more. @throws BackupError `CANCELLED` */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#started.length === 0) return;
    this.#run.tracker.step(`loading ${counted(this.#started.length, 'collection')}`);
    await runAll(this.#started, watchedAtOnce, (one, inner) => this.#watch(one, inner), signal);
  }

  async #load(target: RestoreTarget, input: LoadInput, signal: AbortSignal): Promise<void> {
    const { milvus } = this.#run;
    const plain = input.replicas <= 1 && input.resourceGroups.length === 0;
    try {
      await milvus.load(target.at, input, { signal });
    } catch (error) {
      throwIfAborted(signal);
      const { message, details } = toBackupError(error);
      if (plain || details.milvusCode === noIndex) throw error;
      // A smaller Milvus than the source: better in memory once than not at all.
      await milvus.load(target.at, { ...input, replicas: 0, resourceGroups: [] }, { signal });
      warn(
        this.#run,
        `${nameKey(target.at)} is loaded with the default replicas: the ${input.replicas} of the backup` +
          `${input.resourceGroups.length > 0 ? ` in ${input.resourceGroups.join(', ')}` : ''} were refused (${message})`,
        'add query nodes or resource groups, then load it again with them',
      );
    }
  }

  async #watch({ target, partitions }: Loading, signal: AbortSignal): Promise<void> {
    const { milvus } = this.#run;
    let best = -1;
    let idle = 0;
    try {
      for (;;) {
        const percent = await milvus.loadProgress(target.at, partitions, { signal });
        if (percent >= 100) return;
        idle = percent > best ? 0 : idle + 1;
        best = Math.max(best, percent);
        if (idle >= patience) break;
        await sleep(pollEvery, signal);
      }
    } catch (error) {
      throwIfAborted(signal);
      this.#warnFailed(target, toBackupError(error));
      return;
    }
    warn(
      this.#run,
      `${nameKey(target.at)} is still loading, at ${best} % for ten minutes; its data is restored`,
      'Milvus goes on by itself; look at its query nodes and their memory when it does not come to an end',
    );
  }

  #warnFailed({ at }: RestoreTarget, error: BackupError): void {
    const unindexed = error.details.milvusCode === noIndex;
    warn(
      this.#run,
      `${nameKey(at)} was loaded at the time of the backup and is not loaded again: ${
        unindexed ? 'it has no index' : error.message
      }; its data is restored`,
      unindexed
        ? 'make an index and load it; --rebuild_index (restoreIndex) restores indexes, --skip_load (skipLoad) says that no loading is wanted'
        : 'load it by hand; --skip_load (skipLoad) says that no loading is wanted',
    );
  }
}

const noIndex = 700;
