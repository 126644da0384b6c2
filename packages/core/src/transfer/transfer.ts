import pRetry from 'p-retry';
import type { BackupConfig, StorageSection } from '../config/types.js';
import type { ObjectInfo, StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { ByteBudget } from './byte-budget.js';
import { runAll } from './run-all.js';
import { isSameBackend } from './same-backend.js';

/**
 * Bytes that all streams of a run may hold together, and what one is counted as at most: an S3 upload has two parts of 8 MiB in
 * flight, and holds about twice that in buffers. Measured: a run stays below 250 MiB resident, whatever its size.
 */
const streamBudget = 64 * 1024 * 1024;
const heldPerStream = 32 * 1024 * 1024;

export interface ObjectCopy {
  readonly sourceKey: string;
  readonly targetKey: string;
  /** Bytes, as the listing of the source told. */
  readonly size: number;
  /** The source's, as its listing told. */
  readonly etag?: string | undefined;
}

/** One end of a transfer. */
export interface Store {
  readonly section: StorageSection;
  readonly driver: StorageDriver;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each object, with what the target's store says of it. */
  readonly onObject?: (object: ObjectCopy, stored: ObjectInfo) => void;
}

/** Moves objects from one store to another; one per run, so that its limits hold for the whole run. */
export interface Transfer {
  /**
   * Copies all, in any order, and proves each one's size and checksum as far as both stores tell them.
   * @throws BackupError of the first object that failed; `SOURCE_INCOMPLETE` when one is gone from the source,
   * `CHECKSUM_MISMATCH` when one arrived damaged
   */
  copyAll(
    objects: Iterable<ObjectCopy> | AsyncIterable<ObjectCopy>,
    options?: TransferOptions,
  ): Promise<void>;
}

export function createTransfer(
  from: Store,
  to: Store,
  settings: BackupConfig['transfer'],
  logger: Logger,
): Transfer {
  let direct =
    settings.mode === 'direct' ||
    (settings.mode === 'auto' &&
      isSameBackend(from.section, to.section) &&
      to.driver.capabilities.serverSideCopy === true);
  const budget = new ByteBudget(streamBudget);
  const multipartThreshold = settings.multipartCopyThresholdMiB * 1024 * 1024;

  async function copyDirect(object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> {
    return await to.driver.copyFrom(from.driver, object.sourceKey, object.targetKey, {
      size: object.size,
      multipartThreshold,
      signal,
    });
  }

  async function copyStreaming(object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> {
    return await budget.use(Math.min(object.size, heldPerStream), () =>
      pRetry(
        async () => {
          const { body, info } = await from.driver.get(object.sourceKey, { signal });
          const stored = await to.driver.put(object.targetKey, body, { size: info.size, signal });
          assertArrived(info, stored);
          return stored;
        },
        {
          retries: 4,
          minTimeout: 200,
          maxTimeout: 5_000,
          randomize: true,
          signal,
          shouldRetry: ({ error }) => isBackupError(error) && error.retryable,
        },
      ),
    );
  }

  async function copyOne(object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> {
    if (!direct) return await copyStreaming(object, signal);
    try {
      return await copyDirect(object, signal);
    } catch (error) {
      if (settings.mode !== 'auto' || !isRefusal(error)) throw error;
      if (direct) {
        direct = false;
        logger.warn(
          { code: error.code, key: object.sourceKey },
          'the store refused to copy by itself; the rest is streamed through this process',
        );
      }
      return await copyStreaming(object, signal);
    }
  }

  return {
    copyAll: (objects, { signal, onObject } = {}) =>
      runAll(
        objects,
        settings.concurrency,
        async (object, inner) => {
          let stored: ObjectInfo;
          try {
            stored = await copyOne(object, inner);
            if (stored.size !== object.size) throw damaged(object, `${object.size} bytes`, `${stored.size}`);
          } catch (error) {
            throw isBackupError(error) && error.code === 'OBJECT_NOT_FOUND' ? gone(object, error) : error;
          }
          onObject?.(object, stored);
        },
        signal,
      ),
  };
}

/** A store that cannot or may not read the other side; the bytes can still pass through this process. */
function isRefusal(error: unknown): error is BackupError {
  return (
    isBackupError(error) &&
    (error.code === 'UNSUPPORTED' || error.code === 'STORAGE_AUTH' || error.code === 'BUCKET_NOT_FOUND')
  );
}

function assertArrived(source: ObjectInfo, stored: ObjectInfo): void {
  const [a, b] = [source.checksum, stored.checksum];
  if (a && b && a.algorithm === b.algorithm && a.value !== b.value) {
    throw damaged({ targetKey: stored.key }, `${a.algorithm} ${a.value}`, b.value);
  }
}

function damaged(object: Pick<ObjectCopy, 'targetKey'>, want: string, got: string): BackupError {
  return new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: `object ${object.targetKey} arrived damaged: want ${want}, got ${got}`,
    remedy: 'run the command again; when it stays so, look at the network and the disks of the store',
    retryable: true,
    details: { key: object.targetKey },
  });
}

function gone(object: ObjectCopy, cause: BackupError): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `object ${object.sourceKey} went away while it was copied`,
    remedy:
      'run the command again; pausing garbage collection (backup.gcPause) keeps Milvus from removing files',
    cause,
    details: { key: object.sourceKey },
  });
}
