import { GcPause } from '../backup/gc-pause.js';
import { check } from '../check/check.js';
import { downloadBackup } from '../inspect/download-backup.js';
import { getBackup } from '../inspect/get-backup.js';
import { checkExistingBackupName } from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { TargetReservations } from '../restore/target-reservations.js';
import type { BackupService, Place } from '../service-types.js';
import { assertBucket, rootOf, Stores } from '../stores.js';
import { Runs } from '../task/runs.js';
import { createTransfer, type Store } from '../transfer/transfer.js';
import type { ServiceDeps } from './deps.js';
import { findCopyRecord, findCreateRecord, findRestoreRecord } from './find-records.js';
import { Jobs } from './jobs.js';
import { createLists } from './lists.js';
import { startCleanup } from './start-cleanup.js';
import { startCopy } from './start-copy.js';
import { startCreate } from './start-create.js';
import { startDelete } from './start-delete.js';
import { startDrill } from './start-drill.js';
import { startL0Compact } from './start-l0compact.js';
import { startMigrate } from './start-migrate.js';
import { startRestore } from './start-restore.js';
import { startRestoreSecondary } from './start-restore-secondary.js';
import { startVerify } from './start-verify.js';

/** The service that all frontends call. Nothing is opened before a verb needs it. */
export function createBackupService(deps: ServiceDeps): BackupService {
  const { logger, identity } = deps;
  const config = deps.config.value;
  const stores = new Stores(config, deps.openDriver);
  const runs = new Runs(identity.now);
  let gateway: MilvusGateway | undefined;
  const milvus = (): MilvusGateway => {
    gateway ??= deps.openMilvus(config.milvus);
    return gateway;
  };
  const pauses = new Map<string, GcPause>();
  const gcPause = (endpoint: string): GcPause => {
    const pause = pauses.get(endpoint) ?? new GcPause(deps.openManagement(endpoint), logger);
    pauses.set(endpoint, pause);
    return pause;
  };
  const reservations = new TargetReservations();
  const parts = { deps, stores, runs, milvus, gcPause, reservations };

  /** The backup store for reading; a bucket that is not there is told, never made. */
  const backupStore = async (place: Place = {}): Promise<Store> => {
    const store = await stores.backup(place);
    await assertBucket(store, place.signal);
    return store;
  };

  const jobs = new Jobs({
    runs,
    identity,
    logger,
    backupStore,
    otherStores: Object.values(config.storages).map((section) => () => stores.other(section)),
  });

  const lists = createLists({ store: backupStore, jobs, identity, logger });

  const begin = <T>(work: () => Promise<T>): Promise<T> => runs.admit(work);

  return {
    config: deps.config,
    create: async (request, options = {}) => (await begin(() => startCreate(parts, request, options))).done(),
    restore: async (request, options = {}) =>
      (await begin(() => startRestore(parts, request, options))).done(),
    startCreate: (request) => begin(() => startCreate(parts, request, {})),
    startRestore: (request) => begin(() => startRestore(parts, request, {})),
    restoreSecondary: async (request, options = {}) =>
      (await begin(() => startRestoreSecondary(parts, request, options))).done(),
    startRestoreSecondary: (request) => begin(() => startRestoreSecondary(parts, request, {})),

    copy: async (request, options = {}) => (await begin(() => startCopy(parts, request, options))).done(),
    startCopy: (request) => begin(() => startCopy(parts, request, {})),
    async findCopy(id) {
      const own = runs.find('copy', { id });
      if (own) return own;
      const named = Object.values(config.storages).map((section) => () => stores.other(section));
      return await findCopyRecord([backupStore, ...named], id, identity);
    },

    l0compact: async (request, options = {}) =>
      (await begin(() => startL0Compact(parts, request, options))).done(),
    startL0Compact: (request) => begin(() => startL0Compact(parts, request, {})),
    migrate: async (request, options = {}) =>
      (await begin(() => startMigrate(parts, request, options))).done(),
    startMigrate: (request) => begin(() => startMigrate(parts, request, {})),

    async findCreate(by) {
      const own = runs.find('create', by);
      if (own) return own;
      const { driver, section } = await backupStore();
      return await findCreateRecord(driver, rootOf({ driver, section }), by, identity);
    },
    async findRestore(id) {
      const own = runs.find('restore', { id });
      if (own) return own;
      const store = await backupStore();
      return await findRestoreRecord(store.driver, rootOf(store), id, identity);
    },

    jobs: ({ signal } = {}) => lists.jobs(signal),
    findJob: (id) => jobs.find(id),
    watchJob: (id, { signal } = {}) => jobs.watch(id, signal),
    cancel: (id) => jobs.cancel(id),

    list: lists.backups,
    listAll: lists.folders,
    cleanup: async (options = {}) => (await begin(() => startCleanup(parts, options))).report(),
    startCleanup: (options = {}) => begin(() => startCleanup(parts, options)),
    async get(by, place) {
      if (by.name !== undefined) checkExistingBackupName(by.name);
      const store = await backupStore(place);
      return await getBackup(store.driver, rootOf(store), by, logger, place?.signal);
    },
    verify: async (request, options = {}) =>
      (await begin(() => startVerify(parts, request, options))).report(),
    startVerify: (request) => begin(() => startVerify(parts, request, {})),
    drill: async (request, options = {}) => (await begin(() => startDrill(parts, request, options))).report(),
    startDrill: (request) => begin(() => startDrill(parts, request, {})),
    async download(name, place) {
      checkExistingBackupName(name);
      const store = await backupStore(place);
      return await downloadBackup(store.driver, rootOf(store), name, place?.signal);
    },
    startDelete: (name) => begin(() => startDelete(parts, name, {})),
    delete: async (name, options = {}) =>
      void (await (await begin(() => startDelete(parts, name, options))).done()),
    async check(options = {}) {
      return await check({
        ...options,
        milvus: milvus(),
        milvusStore: () => stores.milvus(),
        backupStore: () => stores.backup(),
        openDriver: deps.openDriver,
        transfer: (from, to) => createTransfer(from, to, config.transfer, logger),
        config,
        id: deps.makeId(),
        now: identity.now,
        freeSpace: deps.freeSpace,
      });
    },
    drain: (graceMs) => runs.drain(graceMs),
    async close() {
      await runs.close();
      jobs.close();
      await Promise.all([gateway?.close(), stores.close()]);
    },
  };
}
