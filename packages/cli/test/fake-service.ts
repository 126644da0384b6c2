import { Readable } from 'node:stream';
import type {
  BackupFolder,
  BackupMeta,
  BackupService,
  CheckReport,
  CleanupItem,
  Logger,
  RunOptions,
  TaskView,
  VerifyReport,
} from '@milvus-backup/core';
import { checkGroups, silentLogger, throwIfAborted } from '@milvus-backup/core';

/**
 * Stands in for core's BackupService: answers every verb at once from fixed values and records what it was asked.
 * It imitates only what the command line relies on: results, progress calls, errors and the abort signal. What the
 * service really does is proven in core and in test/e2e.
 */
export interface FakeService {
  /** Name and arguments of each call, functions and signals left out. */
  readonly calls: unknown[][];
  readonly api: Omit<BackupService, 'config'>;
  logger: Logger;
}

export interface FakeAnswers {
  /** Thrown by every verb. */
  readonly error?: Error;
  /** Waits in `create` and `restore` until aborted. */
  readonly waitForAbort?: boolean;
  /** Objects that a copy of 42 had still to copy; default all. */
  readonly copied?: number;
  readonly report?: CheckReport;
  readonly verify?: Partial<VerifyReport>;
  readonly meta?: Partial<BackupMeta>;
  readonly folders?: readonly BackupFolder[];
  /** Of the first backup of `list`. */
  readonly provenAt?: number;
  readonly items?: readonly CleanupItem[];
  /** How runs end; default `success`. */
  readonly state?: TaskView['state'];
  /** Progress shown before the end. */
  readonly steps?: readonly Partial<TaskView['progress']>[];
  /** Called inside each verb. */
  readonly during?: (logger: Logger) => void;
}

export const emptyMeta: BackupMeta = {
  id: 'id-1',
  state_code: 2,
  name: 'b1',
  backup_timestamp: 461_000_000_000_000_123n,
  collection_backups: [],
  size: 11_236_536,
  milvus_version: 'v2.3.5',
  rbac_meta: null,
  rpc_channel_info: null,
  database_backups: [{ db_name: 'default', db_id: 9_007_199_254_740_993n, properties: [], ezk: '' }],
  flush_all_msgs_base64: {},
  control_channel_name: '',
  physical_channel_names: [],
  format: '',
};

export const goodReport: CheckReport = {
  milvusVersion: 'v2.3.5',
  milvusStorage: { provider: 'minio', bucket: 'a-bucket', rootPath: 'files' },
  backupStorage: { provider: 'minio', bucket: 'b-bucket', rootPath: 'backup' },
  items: [{ name: 'milvus.connection', status: 'ok', message: 'connected', remedy: '' }],
  plan: null,
};

export const goodVerify: VerifyReport = {
  name: 'b1',
  from: 'backup',
  level: 'checksum',
  subset: null,
  ok: true,
  manifest: 'present',
  startedAt: 1_795_331_274_000,
  endedAt: 1_795_331_275_500,
  counts: {
    collections: 1,
    segments: 2,
    rows: 2_000,
    objects: 14,
    bytes: 11_236_536,
    checksums: 14,
    objectsRead: 0,
    bytesRead: 0,
    objectsProven: 0,
    objectsDecoded: 0,
  },
  problems: [],
  problemsTotal: 0,
  warnings: [],
  warningsTotal: 0,
};

export function makeView(
  kind: TaskView['kind'],
  backupName: string,
  changes: Partial<TaskView> = {},
): TaskView {
  return {
    id: 'run-1',
    kind,
    backupName,
    state: 'success',
    progress: {
      percent: 100,
      step: 'done',
      bytesDone: 11_236_536,
      bytesTotal: 11_236_536,
      objectsDone: 42,
      objectsTotal: 42,
      collectionsDone: 1,
      collectionsTotal: 1,
    },
    startedAt: 1_795_331_274_000,
    endedAt: 1_795_331_275_500,
    error: null,
    collections:
      kind === 'restore'
        ? [
            {
              database: 'default',
              collection: 'books_r',
              state: 'success',
              percent: 100,
              rows: 2_000,
              startedAt: 1_795_331_274_000,
              endedAt: 1_795_331_275_250,
              error: '',
            },
          ]
        : [],
    ...changes,
  };
}

export function createFakeService(answers: FakeAnswers = {}): FakeService {
  const calls: unknown[][] = [];
  const service: FakeService = { calls, logger: silentLogger, api: createApi() };
  return service;

  function record(...call: unknown[]): void {
    calls.push(call);
    answers.during?.(service.logger);
    if (answers.error) throw answers.error;
  }

  async function runTask(kind: TaskView['kind'], name: string, options: RunOptions = {}): Promise<TaskView> {
    const view = makeView(kind, name, answers.state === undefined ? {} : { state: answers.state });
    for (const step of answers.steps ?? []) {
      options.onProgress?.({ ...view, state: 'executing', progress: { ...view.progress, ...step } });
    }
    if (answers.waitForAbort) {
      await new Promise((resolve) => options.signal?.addEventListener('abort', resolve, { once: true }));
      throwIfAborted(options.signal);
    }
    return view;
  }

  function createApi(): FakeService['api'] {
    return {
      async create(request, options) {
        record('create', request);
        return runTask('create', request.name || 'backup_generated', options);
      },
      async restore(request, options) {
        record('restore', request);
        return runTask('restore', request.name, options);
      },
      async restoreSecondary(request, options) {
        record('restoreSecondary', request);
        return runTask('restore', request.name, options);
      },
      async copy(request, options) {
        record('copy', request);
        const view = await runTask('copy', request.as || request.name, options);
        const label = (place: typeof request.from): string =>
          typeof place === 'object' ? place.path : (place ?? 'backup');
        const copied = answers.copied ?? 42;
        return {
          ...view,
          progress: { ...view.progress, step: copied === 0 ? 'nothing to do: it is there' : 'done' },
          copy: {
            from: label(request.from),
            to: label(request.to),
            sourceName: request.name,
            objectsCopied: copied,
            bytesCopied: copied * 1000,
            objectsKept: 42 - copied,
            bytesKept: 0,
          },
        };
      },
      async startCopy() {
        throw new Error('the command line waits for its runs');
      },
      async l0compact(request, options) {
        record('l0compact', request);
        return runTask('l0compact', request.output || `${request.name}_l0compacted`, options);
      },
      async startL0Compact() {
        throw new Error('the command line waits for its runs');
      },
      async migrate(request, options) {
        record('migrate', request);
        const { name, clusterId } = request;
        const migrate = {
          clusterId,
          volume: 'vol-1',
          dataPath: 'run-1',
          phase: 'started',
          jobId: 'job-1',
        } as const;
        return { ...(await runTask('migrate', name, options)), migrate };
      },
      async startCleanup() {
        throw new Error('the command line waits for its runs');
      },
      async startDrill() {
        throw new Error('the command line waits for its runs');
      },
      async startMigrate() {
        throw new Error('the command line waits for its runs');
      },
      async startDelete() {
        throw new Error('the command line waits for its runs');
      },
      findCopy: async () => null,
      jobs: async () => [],
      findJob: async () => null,
      async *watchJob() {},
      async cancel() {
        throw new Error('the command line stops runs by a signal');
      },
      async startCreate() {
        throw new Error('the command line waits for its runs');
      },
      async startRestoreSecondary() {
        throw new Error('the command line does not call this');
      },
      async startRestore() {
        throw new Error('the command line waits for its runs');
      },
      findCreate: async () => null,
      findRestore: async () => null,
      async list() {
        record('list');
        return [
          {
            id: 'id-1',
            name: 'b1',
            size: 11_236_536,
            milvusVersion: 'v2.3.5',
            ...(answers.provenAt === undefined ? {} : { provenAt: answers.provenAt }),
          },
          { id: 'id-2', name: 'b2', size: 0, milvusVersion: 'v2.4.0' },
        ];
      },
      async listAll() {
        record('listAll');
        return answers.folders ?? [];
      },
      async cleanup({ apply, olderThan, stores, onItem } = {}) {
        record('cleanup', { apply, olderThan, ...(stores ? { stores } : {}) });
        const items = answers.items ?? [];
        for (const item of items) onItem?.(item);
        return { applied: apply === true, olderThan: olderThan ?? 86_400_000, items, notes: [] };
      },
      async get(by) {
        record('get', by);
        return { meta: { ...emptyMeta, ...answers.meta }, metaSize: 8088 };
      },
      async delete(name) {
        record('delete', name);
      },
      async verify(request) {
        record('verify', request);
        return { ...goodVerify, ...answers.verify, name: request.name, level: request.level ?? 'checksum' };
      },
      async startVerify() {
        throw new Error('the command line waits for its runs');
      },
      async drill(request) {
        record('drill', request);
        return {
          id: 'run-1',
          name: request.name,
          at: 1_795_331_275_500,
          proven: true,
          collections: 1,
          collectionsTotal: 2,
          rows: 20,
          milvusVersion: 'v2.3.5',
          error: '',
          database: request.into ?? 'drill_1',
          kept: request.keep ?? false,
          compared: ['default.books'],
        };
      },
      download: async () => Readable.from([]),
      async check({ createBucket, onItem, onGroupEnd } = {}) {
        record('check', ...(createBucket ? [{ createBucket }] : []));
        const report = answers.report ?? goodReport;
        // Groups come mixed; the last group's lines first.
        for (const item of report.items.toReversed()) onItem?.(item);
        for (const group of checkGroups) onGroupEnd?.(group);
        return report;
      },
      async drain(graceMs) {
        calls.push(['drain', graceMs]);
      },
      async close() {
        calls.push(['close']);
      },
    };
  }
}
