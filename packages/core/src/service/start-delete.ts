import { addressOf } from '../backup/snapshot/held-snapshots.js';
import { assertBackupFolder } from '../delete/backup-folder.js';
import { deleteBackup } from '../delete/delete-backup.js';
import { checkExistingBackupName } from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { RunHandle } from '../service-types.js';
import { assertBucket, rootOf, type Stores } from '../stores.js';
import type { Runs } from '../task/runs.js';
import type { RunOptions } from '../task/types.js';
import type { ServiceDeps } from './deps.js';

export interface DeleteParts {
  readonly deps: ServiceDeps;
  readonly stores: Stores;
  readonly runs: Runs;
  readonly milvus: () => MilvusGateway;
}

/**
 * Refuses at once what can be, then goes on in the background.
 * @throws BackupError `INVALID_BACKUP_NAME`, `BUCKET_NOT_FOUND`, `BACKUP_NOT_FOUND`
 */
export async function startDelete(
  { deps, stores, runs, milvus: open }: DeleteParts,
  name: string,
  options: RunOptions,
): Promise<RunHandle> {
  const { identity, logger } = deps;
  checkExistingBackupName(name);
  const store = await stores.backup();
  await assertBucket(store, options.signal);
  const root = rootOf(store);
  await assertBackupFolder(store.driver, root, name, options.signal);
  const init = { id: deps.makeId(), kind: 'delete', backupName: name, options } as const;
  return runs.start(init, async ({ tracker, signal }) => {
    tracker.step('removing objects');
    let told = 0;
    let total = 0;
    const onCounted = (count: number): void => {
      total = count;
      tracker.add({ objectsTotal: count });
    };
    const onRemoved = (count: number): void => {
      tracker.add({ objectsDone: count - told });
      told = count;
      tracker.percent(Math.min(99, (100 * count) / Math.max(1, total)));
    };
    const view = (): ReturnType<typeof tracker.view> => tracker.view();
    const milvus = { address: addressOf(deps.config.value.milvus), open };
    const { driver } = store;
    await deleteBackup({ driver, root, identity, view, logger, milvus, onCounted, onRemoved, signal });
    runs.forget(name);
  });
}
