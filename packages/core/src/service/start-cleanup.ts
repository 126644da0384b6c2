import { cleanup } from '../cleanup/cleanup.js';
import type { CleanupOptions, CleanupReport } from '../cleanup/types.js';
import { BackupError, throwIfAborted, toBackupError } from '../errors/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CleanupHandle } from '../service-types.js';
import { assertBucket } from '../stores.js';
import { TaskTracker } from '../task/tracker.js';
import type { Store } from '../transfer/transfer.js';
import { openPlace } from './open-place.js';
import type { CopyParts } from './start-copy.js';

export interface CleanupParts extends CopyParts {
  readonly milvus: () => MilvusGateway;
}

/** Milliseconds: what has been silent for a day is dead. */
const olderThanByDefault = 24 * 60 * 60 * 1_000;
/** Items that a run remembers for whoever looks at it later. */
const rememberedItems = 1_000;

interface Area {
  readonly label: string;
  readonly store: Store;
}

/**
 * Refuses at once what can be, then cleans in the background.
 * @throws BackupError `INVALID_ARGUMENT`, `BUCKET_NOT_FOUND`, and errors of the stores that were named
 */
export async function startCleanup(parts: CleanupParts, options: CleanupOptions): Promise<CleanupHandle> {
  const { deps, stores, runs } = parts;
  const { olderThan = olderThanByDefault, signal } = options;
  if (!Number.isFinite(olderThan) || olderThan < 0) throw badLimit(olderThan);
  const { identity } = deps;
  const config = deps.config.value;
  const missed: string[] = [];
  const reach = async (name: string, open: () => Promise<Store>): Promise<Area[]> => {
    try {
      const store = await open();
      return (await store.driver.bucketExists({ signal })) ? [{ label: name, store }] : [];
    } catch (error) {
      throwIfAborted(signal);
      const reason = toBackupError(error).message;
      deps.logger.warn({ store: name, reason }, 'a store cannot be reached and is left out');
      missed.push(`${name} could not be reached and was not looked at: ${reason}`);
      return [];
    }
  };
  const named = async (): Promise<Area[]> =>
    (
      await Promise.all(
        Object.entries(config.storages).map(([name, section]) => reach(name, () => stores.other(section))),
      )
    ).flat();
  const wanted = options.stores?.length ? [...new Set(options.stores)] : ['backup'];
  const areas: Area[] = [];
  const add = (more: readonly Area[]): void => {
    for (const one of more) if (!areas.some(({ label }) => label === one.label)) areas.push(one);
  };
  for (const name of wanted) {
    const isNamed = Object.keys(config.storages).some((one) => one.toLowerCase() === name.toLowerCase());
    const every = name.toLowerCase() === 'all' && !isNamed;
    const area = await openPlace(every ? 'backup' : name, config.storages, stores);
    await assertBucket(area.store, signal);
    add([area]);
    if (every) add(await named());
  }
  const [first, ...more] = areas;
  if (first === undefined) throw new BackupError({ code: 'INTERNAL', message: 'no store was chosen' });
  const others = (await named()).map(({ store }) => store);
  const backups = await stores.backup();
  const [milvus] = await reach('milvus', () => stores.milvus());
  const { address, port } = config.milvus.grpc;
  const deleteView: Parameters<typeof cleanup>[0]['deleteView'] = (backupName) => {
    const tracker = new TaskTracker({ id: deps.makeId(), kind: 'delete', backupName, now: identity.now });
    tracker.begin('removing what a dead run has left');
    return tracker.view();
  };
  const id = options.id || deps.makeId();
  const init = { id, kind: 'cleanup', backupName: '', options: { signal } } as const;
  let report: CleanupReport | undefined;
  const run = runs.start(init, async (context) => {
    const { tracker } = context;
    tracker.step(options.apply ? 'looking for left-overs and removing them' : 'looking for left-overs');
    const found = await cleanup(
      {
        backups: first.store,
        label: first.label,
        more,
        milvus: milvus?.store ?? null,
        gateway: { address: `${address}:${port}`, open: parts.milvus },
        others: first.label === 'backup' ? others : [backups, ...others],
        config,
        identity,
        logger: deps.logger.child({ run: id }),
        olderThan,
        deleteView,
        signal: context.signal,
      },
      {
        ...options,
        onItem: (item) => {
          tracker.add({ objectsDone: item.objects, bytesDone: item.bytes });
          options.onItem?.(item);
        },
      },
    );
    report = { ...found, notes: [...missed.filter((one) => !one.startsWith('milvus ')), ...found.notes] };
    const { items } = report;
    const remembered = items.slice(0, rememberedItems);
    tracker.report({ cleanup: { ...report, items: remembered, itemsTotal: items.length } });
  });
  return {
    ...run,
    async report() {
      await run.done();
      if (report) return report;
      throw new BackupError({ code: 'INTERNAL', message: 'no report was made' });
    },
  };
}

function badLimit(olderThan: number): BackupError {
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `the limit of a clean-up cannot be ${olderThan} milliseconds`,
    remedy: 'give a number that is not negative',
  });
}
