import type { StorageDriver } from '../driver/driver.js';
import { toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';

const batch = 1_000;

/**
 * Removes what a restore has put into Milvus's bucket. Never rejects: the restore's outcome matters more; what
 * stays is named in the log.
 */
export async function removeStaged(driver: StorageDriver, prefix: string, logger: Logger): Promise<void> {
  try {
    let keys: string[] = [];
    for await (const entry of driver.list(prefix)) {
      if (entry.type !== 'object') continue;
      keys.push(entry.key);
      if (keys.length === batch) {
        await driver.delete(keys);
        keys = [];
      }
    }
    await driver.delete(keys);
  } catch (error) {
    logger.warn(
      { prefix, reason: toBackupError(error).message },
      'temporary objects of the restore could not be removed from the bucket of Milvus; remove them by hand',
    );
  }
}
