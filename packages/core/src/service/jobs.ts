import { BackupError, isBackupError, joinSignals, sleep, toBackupError } from '../errors/index.js';
import { findById } from '../inspect/list-backups.js';
import type { Logger } from '../log.js';
import { rootOf } from '../stores.js';
import { cancelledByUser, requestCancel } from '../task/cancel.js';
import { isRunning, type RunIdentity, readRecordIfPossible, truthfulView } from '../task/record-store.js';
import type { Runs } from '../task/runs.js';
import type { TaskView } from '../task/types.js';
import type { Store } from '../transfer/transfer.js';
import { type FoundRecord, findRecord, listRecords } from './job-records.js';

/** Milliseconds between looks at a run of this process, which cost nothing, and at the record of another. */
const lookEvery = 250;
const readEvery = 2_000;

export interface JobsInit {
  readonly runs: Runs;
  readonly identity: RunIdentity;
  readonly logger: Logger;
  /** @throws BackupError `BUCKET_NOT_FOUND` */
  readonly backupStore: () => Promise<Store>;
  /** Those that copies go to. */
  readonly otherStores: readonly (() => Promise<Store>)[];
}

/** Runs as one list, wherever they run: those of this process, and the records that others keep in the stores. */
export class Jobs {
  readonly #init: JobsInit;

  readonly #closing = new AbortController();

  constructor(init: JobsInit) {
    this.#init = init;
  }

  /** Ends every watch: one of a run elsewhere would outlive the service. */
  close(): void {
    this.#closing.abort(cancelledByUser());
  }

  /** The latest first. */
  async list(signal?: AbortSignal): Promise<TaskView[]> {
    const { runs, identity } = this.#init;
    const views = runs.views();
    const known = new Set(views.map(keyOf));
    for (const found of await this.#inStores((store) => listRecords(store, signal))) {
      for (const { record } of found) {
        if (!known.has(keyOf(record))) views.push(truthfulView(record, identity));
        known.add(keyOf(record));
      }
    }
    return views.sort((a, b) => b.startedAt - a.startedAt || (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  async find(id: string): Promise<TaskView | null> {
    const own = this.#init.runs.findAny(id);
    if (own) return own;
    const found = await this.#record(id);
    return found ? truthfulView(found.record, this.#init.identity) : await this.#committed(id);
  }

  async cancel(id: string): Promise<TaskView> {
    const { runs, identity } = this.#init;
    runs.cancel(id);
    const own = runs.findAny(id);
    if (own) return own;
    const found = await this.#record(id);
    if (found && isRunning(found.record, identity))
      await requestCancel(found.driver, found.key, found.record);
    const view = found ? truthfulView(found.record, identity) : await this.#committed(id);
    if (view === null) throw notFound(id);
    return view;
  }

  async *watch(id: string, signal?: AbortSignal): AsyncGenerator<TaskView> {
    const stop = joinSignals(signal, this.#closing.signal);
    let told = '';
    let at = await this.#locate(id);
    for (let view = at.view; view !== null; ) {
      const now = JSON.stringify([view.state, view.progress, view.collections, view.copy]);
      const ended = hasEnded(view);
      if (now !== told || ended) yield view;
      if (ended) return;
      told = now;
      await sleep(at.every, stop);
      view = await at.look();
      if (view !== null) continue;
      // The record of a backup goes when the backup is whole.
      at = await this.#locate(id);
      view = at.view;
    }
  }

  /** The run now, and how to look at it again. */
  async #locate(id: string): Promise<Located> {
    const { runs, identity } = this.#init;
    const own = runs.findAny(id);
    if (own) return { view: own, every: lookEvery, look: async () => runs.findAny(id) };
    const found = await this.#record(id);
    if (found === null) {
      const view = await this.#committed(id);
      return { view, every: readEvery, look: async () => view };
    }
    const look = async (): Promise<TaskView | null> => {
      const record = await readRecordIfPossible(found.driver, found.key);
      return record?.id === id ? truthfulView(record, identity) : null;
    };
    return { view: truthfulView(found.record, identity), every: readEvery, look };
  }

  async #record(id: string): Promise<FoundRecord | null> {
    const found = await this.#inStores((store) => findRecord(store, id));
    return found.find((one) => one !== null) ?? null;
  }

  /** The run that made a backup leaves no record: the backup itself has its id. */
  async #committed(id: string): Promise<TaskView | null> {
    const store = await this.#backups();
    const name = store && (await findById(store.driver, rootOf(store), id, this.#init.logger));
    return name ? committedView(id, name) : null;
  }

  /**
   * Asks the store of the backups and the others; one of the others that is away hides no job of the rest.
   * @throws BackupError when the store of the backups cannot be asked
   */
  async #inStores<T>(ask: (store: Store) => Promise<T>): Promise<T[]> {
    const { otherStores, logger } = this.#init;
    const backups = await this.#backups();
    const answers = backups ? [await ask(backups)] : [];
    for (const open of otherStores) {
      try {
        const store = await open();
        if (await store.driver.bucketExists()) answers.push(await ask(store));
      } catch (error) {
        logger.warn({ reason: toBackupError(error).message }, 'a store could not be asked for its jobs');
      }
    }
    return answers;
  }

  /** `null` while its bucket is not there: nothing has run yet. */
  async #backups(): Promise<Store | null> {
    try {
      return await this.#init.backupStore();
    } catch (error) {
      if (isBackupError(error) && error.code === 'BUCKET_NOT_FOUND') return null;
      throw error;
    }
  }
}

interface Located {
  readonly view: TaskView | null;
  /** Milliseconds. */
  readonly every: number;
  readonly look: () => Promise<TaskView | null>;
}

/** By its state: of a committed backup the times are unknown. */
const hasEnded = ({ state }: TaskView): boolean => state !== 'initial' && state !== 'executing';

/** Ids come from users and come again. */
const keyOf = ({ id, kind, startedAt }: Pick<TaskView, 'id' | 'kind' | 'startedAt'>): string =>
  `${kind} ${startedAt} ${id}`;

const committedView = (id: string, backupName: string): TaskView => ({
  id,
  kind: 'create',
  backupName,
  state: 'success',
  progress: {
    percent: 100,
    step: 'done',
    bytesDone: 0,
    bytesTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    collectionsDone: 0,
    collectionsTotal: 0,
  },
  startedAt: 0,
  endedAt: 0,
  error: null,
  collections: [],
});

function notFound(id: string): BackupError {
  return new BackupError({
    code: 'TASK_NOT_FOUND',
    message: `no job has the id ${JSON.stringify(id.slice(0, 128))}`,
    remedy: 'see the ids in the list of jobs',
  });
}
