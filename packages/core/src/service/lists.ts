import { listAll } from '../inspect/list-all.js';
import { listBackups } from '../inspect/list-backups.js';
import type { BackupFolder } from '../inspect/types.js';
import type { Logger } from '../log.js';
import type { BackupListEntry, Place } from '../service-types.js';
import { rootOf } from '../stores.js';
import type { RunIdentity } from '../task/record-store.js';
import type { TaskView } from '../task/types.js';
import type { Store } from '../transfer/transfer.js';
import type { Jobs } from './jobs.js';
import { shareNext } from './share-next.js';

export interface ListsInit {
  readonly store: (place?: Place) => Promise<Store>;
  readonly jobs: Pick<Jobs, 'list'>;
  readonly identity: RunIdentity;
  readonly logger: Logger;
}

export interface Lists {
  backups(place?: Place): Promise<readonly BackupListEntry[]>;
  folders(place?: Place): Promise<readonly BackupFolder[]>;
  jobs(signal?: AbortSignal): Promise<readonly TaskView[]>;
}

/** What reads a whole store: shared by its callers, since anybody who may read can ask a thousand times at once. */
export function createLists({ store, jobs, identity, logger }: ListsInit): Lists {
  const listOf = async (place: Place): Promise<BackupListEntry[]> => {
    const { driver, section } = await store(place);
    return await listBackups(driver, rootOf({ driver, section }), logger, place.signal);
  };
  const foldersOf = async (place: Place): Promise<BackupFolder[]> => {
    const { driver, section } = await store(place);
    return await listAll({ driver, root: rootOf({ driver, section }), identity, signal: place.signal });
  };
  const backups = shareNext((signal) => listOf({ signal }));
  const folders = shareNext((signal) => foldersOf({ signal }));
  return {
    backups: (place = {}) => (isElsewhere(place) ? listOf(place) : backups(place.signal)),
    folders: (place = {}) => (isElsewhere(place) ? foldersOf(place) : folders(place.signal)),
    jobs: shareNext((signal) => jobs.list(signal)),
  };
}

const isElsewhere = ({ rootPath, bucketName }: Place): boolean =>
  rootPath !== undefined || bucketName !== undefined;
