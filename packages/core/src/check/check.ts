import type { BackupConfig, StorageSection } from '../config/types.js';
import type { StorageDriver } from '../driver/driver.js';
import { driverRoot } from '../driver/driver-root.js';
import { throwIfAborted } from '../errors/index.js';
import { probeFolder, rootPrefix, stagingStart } from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CheckOptions, CheckPlan, CheckReport, StorageFacts } from '../service-types.js';
import { rootOf } from '../stores.js';
import type { Store, Transfer } from '../transfer/transfer.js';
import { CheckRun } from './check-run.js';
import { checkCopies } from './copy-probes.js';
import { checkMilvus, checkPrivileges, type MilvusAccess } from './milvus-probes.js';
import { checkPlan } from './plan.js';
import { ProbeArea } from './probe-area.js';
import { checkRootPath } from './root-path.js';
import { checkAccess, type StoreAccess, type StoreGroup } from './store-access.js';
import { checkBackupStore, checkMilvusStore, cleanUp, type WrittenProbe } from './store-probes.js';

/** Milliseconds that a probe may take: a store or a Milvus without answer is a line, not a hang. */
const probeTimeout = 10_000;
/** Milliseconds that calls which ran out of time get to end before the clean-up. */
const settleTime = 3_000;
/** Objects of Milvus that are copied as a probe, where none can be written, are no larger. */
const largestSample = 1024 * 1024;

const milvusProbes = ['privileges-backup', 'privileges-restore', 'privileges-rbac', 'import'];
const storeProbes = [
  'write',
  'read',
  'ranged-read',
  'list-after-write',
  'server-side-copy',
  'multipart',
  'batch-delete',
  'clock',
];

export interface CheckInput extends CheckOptions {
  readonly milvus: MilvusGateway;
  readonly milvusStore: () => Promise<Store>;
  readonly backupStore: () => Promise<Store>;
  readonly openDriver: (section: StorageSection) => Promise<StorageDriver>;
  readonly transfer: (from: Store, to: Store) => Transfer;
  readonly config: Pick<BackupConfig, 'milvus' | 'backup' | 'transfer'>;
  /** Names the probes, so that two checks do not meet. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Bytes free in a directory; absent: nobody can tell. */
  readonly freeSpace?: ((directory: string) => Promise<number>) | undefined;
  /** Default {@link probeTimeout}. */
  readonly timeout?: number;
}

interface Side {
  readonly access: StoreAccess;
  readonly area: ProbeArea | null;
  readonly written: WrittenProbe | null;
  /** An object that may be copied from here. */
  readonly source: { readonly key: string; readonly size: number } | null;
}

/**
 * Tries every part that a backup and a restore need. A part that fails is a line, and the others are tried all the same.
 * @throws BackupError `CANCELLED`, after the probes were removed
 */
export async function check(input: CheckInput): Promise<CheckReport> {
  const run = new CheckRun({ ...input, timeout: input.timeout ?? probeTimeout });
  const areas = new Map<StoreGroup, ProbeArea>();
  const startedAt = input.now();
  let version = '';
  let plan: CheckPlan | null = null;
  try {
    const milvus = examineMilvus(run, input).then((access) => {
      version = access.info?.version ?? '';
      return access;
    });
    const data = examineMilvusStore(run, input, areas, startedAt);
    const backups = examineBackupStore(run, input, areas, startedAt);
    await allEnded([
      milvus,
      (async () => {
        const [access, side] = await Promise.all([milvus, data]);
        await examineRootPath(run, input, access, side.access);
        run.endGroup('milvus-storage');
      })(),
      (async () => {
        await backups;
        run.endGroup('backup-storage');
      })(),
      (async () => {
        await examineCopies(run, input, await data, await backups);
        run.endGroup('copy');
      })(),
      (async () => {
        const [access, side] = await Promise.all([milvus, data]);
        plan = await examinePlan(run, input, access, side.access);
      })(),
    ]);
  } finally {
    await removeProbes(run, input, areas);
  }
  throwIfAborted(input.signal);
  run.endGroup('clean-up');
  run.endGroup('plan');
  const { milvus, backup } = input.config;
  return {
    milvusVersion: version,
    milvusStorage: factsOf(milvus.storage),
    backupStorage: factsOf(backup.storage),
    items: run.items,
    plan,
  };
}

/** Waits for all, so that nothing is written behind the clean-up. @throws what the first of them threw */
async function allEnded(parts: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function examineMilvus(run: CheckRun, { milvus, id }: CheckInput): Promise<MilvusAccess> {
  const access = await checkMilvus(run, milvus);
  if (access.info === null) run.skip('milvus', milvusProbes, 'Milvus cannot be asked');
  else await checkPrivileges(run, { milvus, collections: access.collections, id });
  run.endGroup('milvus');
  return access;
}

async function examineMilvusStore(
  run: CheckRun,
  input: CheckInput,
  areas: Map<StoreGroup, ProbeArea>,
  startedAt: number,
): Promise<Side> {
  const group = 'milvus-storage';
  const access = await checkAccess(run, group, input.milvusStore, false);
  const { store } = access;
  if (store === null || !access.hasBucket) {
    run.skip(group, storeProbes, 'the store cannot be used');
    return { access, area: null, written: null, source: null };
  }
  // Where a restore stages: the right to write there is what it needs.
  const area = new ProbeArea(store.driver, `${stagingStart}${probeFolder}/`, startedAt, input.id);
  areas.set(group, area);
  const sample = access.hasData ? await firstObject(run, store) : null;
  const written = await checkMilvusStore(run, area, sample, input.now);
  return {
    access,
    area,
    written,
    source: written ? { key: written.key, size: written.bytes.length } : sample,
  };
}

async function examineBackupStore(
  run: CheckRun,
  input: CheckInput,
  areas: Map<StoreGroup, ProbeArea>,
  startedAt: number,
): Promise<Side> {
  const group = 'backup-storage';
  const access = await checkAccess(run, group, input.backupStore, input.createBucket === true);
  const { store } = access;
  if (store === null || !access.hasBucket) {
    run.skip(group, [...storeProbes, 'conditional-put'], 'the store cannot be used');
    return { access, area: null, written: null, source: null };
  }
  const home = `${rootPrefix(rootOf(store))}${probeFolder}/`;
  const area = new ProbeArea(store.driver, home, startedAt, input.id);
  areas.set(group, area);
  const written = await checkBackupStore(run, area, input.now);
  return { access, area, written, source: written && { key: written.key, size: written.bytes.length } };
}

/** Something small that Milvus has written, for stores in which we may only read. */
async function firstObject(run: CheckRun, store: Store): Promise<{ key: string; size: number } | null> {
  try {
    return await run.limited(async (signal) => {
      let seen = 0;
      for await (const entry of store.driver.list(rootPrefix(rootOf(store)), { signal })) {
        if (entry.type === 'object' && entry.size > 0 && entry.size <= largestSample) return entry;
        seen += 1;
        if (seen >= 1_000) break;
      }
      return null;
    });
  } catch {
    // The line about listing has told why.
    throwIfAborted(run.signal);
    return null;
  }
}

async function examineRootPath(
  run: CheckRun,
  input: CheckInput,
  { info, collections }: MilvusAccess,
  access: StoreAccess,
): Promise<void> {
  if (info === null || access.store === null || (access.hasBucket && !access.canList)) {
    run.skip(
      'milvus-storage',
      ['root-path'],
      info === null ? 'Milvus cannot be asked what it has' : 'the store cannot be listed',
    );
    return;
  }
  const { milvus, backup } = input.config;
  const store = access.hasBucket ? access.store : null;
  await run.probe('milvus-storage.root-path', (signal) =>
    checkRootPath(
      {
        milvus: input.milvus,
        collections,
        section: milvus.storage,
        store,
        hasData: access.hasData,
        otherBuckets: backup.storage.bucketName === '' ? [] : [backup.storage.bucketName],
        openPlace: input.openDriver,
      },
      signal,
    ),
  );
}

async function examineCopies(run: CheckRun, input: CheckInput, data: Side, backups: Side): Promise<void> {
  const [from, to] = [data.access.store, backups.access.store];
  if (from === null || to === null || data.area === null || backups.area === null) {
    run.skip('copy', ['to-backup', 'to-milvus'], 'one of the stores cannot be used');
    return;
  }
  await checkCopies(run, {
    mode: input.config.transfer.mode,
    transfer: input.transfer,
    milvus: { store: from, area: data.area, source: data.source, canWrite: data.written !== null },
    backup: { store: to, area: backups.area, source: backups.source, canWrite: backups.written !== null },
  });
}

async function examinePlan(
  run: CheckRun,
  input: CheckInput,
  { info, collections }: MilvusAccess,
  access: StoreAccess,
): Promise<CheckPlan | null> {
  if (info === null || access.store === null || !access.canList) {
    run.skip('plan', ['create', 'space'], 'Milvus or its store cannot be asked');
    return null;
  }
  const { freeSpace } = input;
  const { storage } = input.config.backup;
  return await checkPlan(run, {
    milvus: input.milvus,
    collections,
    driver: access.store.driver,
    root: driverRoot(access.store.section),
    freeBytes: storage.provider === 'local' && freeSpace ? () => freeSpace(storage.rootPath) : null,
    backupPlace: storage.rootPath,
  });
}

/** Also after a failure and a cancellation, which must not keep the probes from being removed. */
async function removeProbes(
  run: CheckRun,
  input: CheckInput,
  areas: ReadonlyMap<StoreGroup, ProbeArea>,
): Promise<void> {
  await run.settle(settleTime);
  // Its own, without the signal: what cancels the check does not cancel this.
  const cleaner = new CheckRun({ timeout: run.timeout });
  await Promise.all(
    [...areas].map(async ([group, area]) => {
      const name = `clean-up.${group}`;
      const finding = await cleaner.probe(name, (signal) => cleanUp(area, input.now(), signal));
      if (!run.signal?.aborted) run.tell(name, finding);
    }),
  );
}

function factsOf(section: StorageSection): StorageFacts {
  return { provider: section.provider, bucket: section.bucketName, rootPath: section.rootPath };
}
