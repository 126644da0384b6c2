import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  type BackupDetails,
  BackupError,
  type BackupMeta,
  type BackupService,
  type CopyRequest,
  type CreateRequest,
  type ResolvedConfig,
  type RestoreRequest,
  type RestoreSecondaryRequest,
  type RunHandle,
  type RunOptions,
  type TaskState,
  type TaskView,
  toBackupError,
} from '@milvus-backup/core';

/*
 * Imitates BackupService over a map of backups in memory, so that the routes can be tested without Milvus and stores:
 * names are taken once, `startCreate` leaves a run open until the test ends it, unknown names and ids are refused with
 * the codes that service-types.ts promises. It records the requests it got. What it does not imitate: how anything is
 * backed up or restored.
 */
export interface ServiceDouble extends BackupService {
  readonly created: CreateRequest[];
  readonly restored: RestoreRequest[];
  readonly restoredSecondary: RestoreSecondaryRequest[];
  readonly copied: CopyRequest[];
  readonly deleted: string[];
  /** Requests to verify, drill and clean up. */
  readonly proofs: object[];
  readonly backups: Map<string, BackupDetails>;
  readonly runs: Map<string, TaskView>;
  /** Thrown by the next verb that is called, once. */
  failNext: BackupError | null;
  /** What `download` sends. */
  tar: () => Readable;
  /** Ends a run that `startCreate` left open. */
  finish(id: string, state: TaskState, error?: BackupError): void;
  /** Sync runs wait for this before they end. */
  gate: (signal: AbortSignal | undefined) => Promise<void>;
  report: Awaited<ReturnType<BackupService['check']>>;
}

export const startedAt = 1_795_331_274_000;

export function makeView(init: Partial<TaskView> & Pick<TaskView, 'id' | 'kind'>): TaskView {
  const progress = {
    percent: 0,
    step: '',
    bytesDone: 0,
    bytesTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    collectionsDone: 0,
    collectionsTotal: 0,
  };
  return {
    backupName: '',
    state: 'initial',
    progress,
    startedAt,
    endedAt: 0,
    error: null,
    collections: [],
    ...init,
  };
}

/** No route asks for it. */
const notImitated = (): never => {
  throw new Error('the double does not do this');
};

export function withPercent(view: TaskView, percent: number): TaskView {
  return { ...view, progress: { ...view.progress, percent } };
}

export function makeServiceDouble(
  config: ResolvedConfig,
  makeMeta: (name: string, id: string) => BackupMeta,
): ServiceDouble {
  let made = 0;
  const details = (name: string, id: string): BackupDetails => ({ meta: makeMeta(name, id), metaSize: 8088 });
  const notFound = (what: string): BackupError =>
    new BackupError({
      code: 'BACKUP_NOT_FOUND',
      message: `backup ${what} not found`,
      remedy: 'see the list',
    });
  const throwPlanned = (): void => {
    const planned = double.failNext;
    double.failNext = null;
    if (planned) throw planned;
  };
  const begin = (request: CreateRequest): TaskView => {
    throwPlanned();
    const name = request.name ?? `backup_2026_11_22_07_08_58_${++made}`;
    const other = [...double.runs.values()].find(
      (run) => run.kind === 'create' && run.backupName === name && run.endedAt === 0,
    );
    if (other) {
      const message = `add backup task to manager: ${name} (existing task ${other.id})`;
      throw new BackupError({ code: 'TASK_EXISTS', message, remedy: 'wait' });
    }
    if (double.backups.has(name))
      throw new BackupError({
        code: 'BACKUP_EXISTS',
        message: `backup with name ${name} already exist`,
        remedy: 'rename',
      });
    double.created.push(request);
    const view = makeView({
      id: request.id ?? `id-${++made}`,
      kind: 'create',
      backupName: name,
      state: 'executing',
    });
    double.runs.set(view.id, view);
    return view;
  };
  const beginRestore = (request: RestoreRequest): TaskView => {
    throwPlanned();
    if (!double.backups.has(request.name)) throw notFound(request.name);
    double.restored.push(request);
    const id = request.id ?? 'restore_2026_11_22_07_08_58_980267042';
    const view = makeView({ id, kind: 'restore', backupName: request.name });
    double.runs.set(id, view);
    return view;
  };
  const beginSecondary = (request: RestoreSecondaryRequest): TaskView => {
    throwPlanned();
    if (!double.backups.has(request.name)) throw notFound(request.name);
    double.restoredSecondary.push(request);
    const id = request.id ?? `id-${++made}`;
    const view = makeView({ id, kind: 'restore', backupName: request.name });
    double.runs.set(id, view);
    return view;
  };
  const beginCopy = (request: CopyRequest): TaskView => {
    throwPlanned();
    if (!double.backups.has(request.name)) throw notFound(request.name);
    double.copied.push(request);
    const view = makeView({
      id: request.id ?? `id-${++made}`,
      kind: 'copy',
      backupName: request.as || request.name,
      state: 'executing',
      copy: {
        from: String(request.from ?? 'backup'),
        to: String(request.to ?? 'backup'),
        sourceName: request.name,
        objectsCopied: 3,
        bytesCopied: 30,
        objectsKept: 1,
        bytesKept: 10,
      },
    });
    double.runs.set(view.id, view);
    return view;
  };
  const handleOf = (id: string): RunHandle => ({
    id,
    view: () => double.runs.get(id) ?? makeView({ id, kind: 'create' }),
    done: () => Promise.reject(new Error('the double does not wait')),
    cancel: () => undefined,
  });
  const beginProof = (
    kind: 'verify' | 'drill' | 'cleanup',
    name: string,
    request: { id?: string | undefined },
  ): RunHandle => {
    throwPlanned();
    if (kind !== 'cleanup' && !double.backups.has(name)) throw notFound(name);
    double.proofs.push({ kind, ...request });
    const id = request.id ?? `id-${++made}`;
    double.runs.set(id, makeView({ id, kind, backupName: name, state: 'executing' }));
    return handleOf(id);
  };
  const double: ServiceDouble = {
    config,
    created: [],
    restored: [],
    restoredSecondary: [],
    copied: [],
    deleted: [],
    proofs: [],
    backups: new Map(),
    runs: new Map(),
    failNext: null,
    tar: () => Readable.from([Buffer.from('tar')]),
    gate: () => Promise.resolve(),
    report: {
      milvusVersion: 'v2.3.5-lite',
      milvusStorage: { provider: 'minio', bucket: 'a-bucket', rootPath: 'files' },
      backupStorage: { provider: 'minio', bucket: 'a-bucket', rootPath: 'backup' },
      items: [],
      plan: null,
    },
    finish: (id, state, error) => {
      const view = double.runs.get(id);
      if (!view) throw new Error(`no run ${id}`);
      double.runs.set(id, { ...view, state, endedAt: startedAt, error: error ?? null });
      if (state === 'success' && view.kind === 'create') {
        double.backups.set(view.backupName, details(view.backupName, id));
      }
    },
    create: async (request, options) => {
      const view = begin(request);
      await finishSync(view, options);
      return double.runs.get(view.id) ?? view;
    },
    restore: async (request, options) => {
      const view = beginRestore(request);
      await finishSync(view, options);
      return double.runs.get(view.id) ?? view;
    },
    copy: async (request, options) => {
      const view = beginCopy(request);
      await finishSync(view, options);
      return double.runs.get(view.id) ?? view;
    },
    startCopy: async (request) => handleOf(beginCopy(request).id),
    l0compact: notImitated,
    startL0Compact: async (request) => {
      throwPlanned();
      if (!double.backups.has(request.name)) throw notFound(request.name);
      const id = request.id ?? `id-${++made}`;
      const backupName = request.output ?? `${request.name}_l0compacted`;
      double.runs.set(id, makeView({ id, kind: 'l0compact', backupName, state: 'executing' }));
      return handleOf(id);
    },
    migrate: notImitated,
    startMigrate: async (request) => {
      throwPlanned();
      if (!double.backups.has(request.name)) throw notFound(request.name);
      const { clusterId } = request;
      const id = request.id ?? `id-${++made}`;
      const migrate = { clusterId, volume: '', dataPath: id, phase: 'uploading', jobId: '' } as const;
      double.runs.set(
        id,
        makeView({ id, kind: 'migrate', backupName: request.name, state: 'executing', migrate }),
      );
      return handleOf(id);
    },
    jobs: async () => {
      throwPlanned();
      return [...double.runs.values()].reverse();
    },
    findJob: async (id) => double.runs.get(id) ?? null,
    watchJob: async function* (id, { signal } = {}) {
      for (let told: TaskView | undefined; ; ) {
        const view = double.runs.get(id);
        if (view === undefined) return;
        if (view !== told) yield view;
        if (view.endedAt > 0) return;
        told = view;
        await setImmediate(undefined, signal ? { signal } : {});
      }
    },
    cancel: async (id) => {
      const view = double.runs.get(id);
      if (!view)
        throw new BackupError({ code: 'TASK_NOT_FOUND', message: `no job ${id}`, remedy: 'see the jobs' });
      if (view.endedAt === 0)
        double.finish(id, 'fail', new BackupError({ code: 'CANCELLED', message: 'the run was cancelled' }));
      return view;
    },
    startDelete: async (name) => {
      throwPlanned();
      if (!double.backups.delete(name)) throw notFound(name);
      double.deleted.push(name);
      const view = makeView({ id: `id-${++made}`, kind: 'delete', backupName: name, state: 'executing' });
      double.runs.set(view.id, view);
      return handleOf(view.id);
    },
    findCopy: async (id) => double.runs.get(id) ?? null,
    startCreate: async (request) => handleOf(begin(request).id),
    startRestore: async (request) => handleOf(beginRestore(request).id),
    restoreSecondary: async (request, options) => {
      const view = beginSecondary(request);
      await finishSync(view, options);
      return double.runs.get(view.id) ?? view;
    },
    startRestoreSecondary: async (request) => handleOf(beginSecondary(request).id),
    findCreate: async ({ id, name }) => {
      const runs = [...double.runs.values()].filter((run) => run.kind === 'create');
      return runs.find((run) => (id === undefined ? run.backupName === name : run.id === id)) ?? null;
    },
    findRestore: async (id) => double.runs.get(id) ?? null,
    list: async () => {
      throwPlanned();
      return [...double.backups.values()].map(({ meta }) => ({
        id: meta.id,
        name: meta.name,
        size: meta.size,
        milvusVersion: meta.milvus_version,
      }));
    },
    get: async ({ name, id }) => {
      throwPlanned();
      const found = [...double.backups.values()].find(({ meta }) =>
        name === undefined ? meta.id === id : meta.name === name,
      );
      if (!found) throw notFound(name ?? id ?? '');
      return found;
    },
    delete: async (name) => {
      throwPlanned();
      if (!double.backups.delete(name)) throw notFound(name);
      double.deleted.push(name);
      for (const [id, run] of double.runs) if (run.backupName === name) double.runs.delete(id);
    },
    download: async (name) => {
      throwPlanned();
      if (!double.backups.has(name)) throw notFound(name);
      return double.tar();
    },
    check: async () => {
      throwPlanned();
      return double.report;
    },
    listAll: async () => {
      throwPlanned();
      return [...double.backups.keys()].map((name) => ({
        name,
        state: 'interrupted',
        reason: 'its process ended',
        id: '',
        milvusVersion: '',
        size: 5,
        objects: 1,
        changedAt: startedAt,
        run: null,
        restores: [],
        provenAt: startedAt,
      }));
    },
    cleanup: notImitated,
    startCleanup: async (options = {}) => ({ ...beginProof('cleanup', '', options), report: notImitated }),
    verify: notImitated,
    startVerify: async (request) => ({ ...beginProof('verify', request.name, request), report: notImitated }),
    drill: notImitated,
    startDrill: async (request) => ({ ...beginProof('drill', request.name, request), report: notImitated }),
    drain: async () => undefined,
    close: async () => undefined,
  };
  const finishSync = async (view: TaskView, options: RunOptions | undefined): Promise<void> => {
    try {
      await double.gate(options?.signal);
    } catch (error) {
      const ended = { state: 'fail', endedAt: startedAt, error: toBackupError(error) } as const;
      double.runs.set(view.id, { ...view, ...ended });
      throw error;
    }
    double.finish(view.id, 'success');
  };
  return double;
}
