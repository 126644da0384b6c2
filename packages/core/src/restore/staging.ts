import { removeFolder } from '../delete/remove-folder.js';
import type { StorageDriver } from '../driver/driver.js';
import { toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';

/** Listings that may miss what was put a moment ago. */
const looks = 3;

/**
 * Removes what a restore has put into Milvus's bucket. Never rejects: the restore's outcome matters more; what
 * stays is named in the log.
 */
export async function removeStaged(driver: StorageDriver, prefix: string, logger: Logger): Promise<void> {
  try {
    // Until a listing is empty: that of some stores is older than their last write.
    for (let look = 0; look < looks; look++) if ((await removeFolder(driver, prefix)) === 0) return;
  } catch (error) {
    logger.warn(
      { prefix, reason: toBackupError(error).message },
      'temporary objects of the restore could not be removed from the bucket of Milvus; remove them by hand',
    );
  }
}
