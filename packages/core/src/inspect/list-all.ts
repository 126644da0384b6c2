import { runAll } from '../transfer/run-all.js';
import { type InspectInit, inspectFolder } from './inspect-folder.js';
import { listFolders } from './list-backups.js';
import type { BackupFolder } from './types.js';

const inspectedAtOnce = 8;

/** Every folder under the backup root with what it is, in key order. @throws BackupError of the store */
export async function listAll(init: InspectInit): Promise<BackupFolder[]> {
  const { driver, root, signal } = init;
  const names = await listFolders(driver, root, signal);
  const found = new Map<string, BackupFolder>();
  await runAll(
    names,
    inspectedAtOnce,
    async (name, inner) => {
      const folder = await inspectFolder({ ...init, signal: inner }, name);
      if (folder) found.set(name, folder);
    },
    signal,
  );
  return names.flatMap((name) => found.get(name) ?? []);
}
