import type { BackupConfig, StorageSection } from '../config/types.js';
import { watchBusy } from '../driver/busy-watch.js';
import type { ObjectInfo, StorageDriver } from '../driver/driver.js';
import { BackupError, isBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import { damaged, gone } from './arrival-errors.js';
import { ByteBudget } from './byte-budget.js';
import { createDigest } from './digest.js';
import { Pace } from './pace.js';
import { isRefusal, refusedDirect } from './refusal.js';
import { runAll } from './run-all.js';
import { SourceProofs } from './source-proof.js';
import { streamObject } from './stream-object.js';

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
  /**
   * Told after each object, with what the target's store says of it; `checksum` is what was computed on the way when the store tells
   * none.
   */
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

/** Bytes that one copy request takes at least with every driver; above it only drivers with `multipartCopy` copy. */
const singleCopyLimit = 5 * 1024 ** 3;

/** What a transfer needs of the configuration. */
export type TransferSettings = Pick<
  BackupConfig['transfer'],
  'mode' | 'concurrency' | 'multipartCopyThresholdMiB'
>;

/**
 * `auto` lets the target's store copy when both drivers are of one kind, and streams as soon as it refuses: which
 * stores are one cannot be told from their addresses. `direct` takes a refusal for an error, `streaming` never asks.
 */
export function createTransfer(from: Store, to: Store, settings: TransferSettings, logger: Logger): Transfer {
  const { serverSideCopy = false, multipartCopy = false } = to.driver.capabilities;
  let direct =
    settings.mode === 'direct' ||
    (settings.mode === 'auto' && serverSideCopy && from.driver.name === to.driver.name);
  const budget = new ByteBudget(streamBudget);
  const pace = new Pace(settings.concurrency);
  const proofs = new SourceProofs(logger);
  const ends = { source: from.driver, target: to.driver, proofs, logger, onBusy: () => pace.busy() };
  const multipartThreshold = settings.multipartCopyThresholdMiB * 1024 * 1024;

  const copyStreaming = (object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> =>
    budget.use(Math.min(object.size, heldPerStream), () => streamObject(ends, object, signal));

  async function copyDirect(object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> {
    const { sourceKey, targetKey, size } = object;
    try {
      return await to.driver.copyFrom(from.driver, sourceKey, targetKey, {
        size,
        multipartThreshold,
        signal,
      });
    } catch (error) {
      if (settings.mode === 'auto' && isAbsent(error) && (await from.driver.head(sourceKey, { signal }))) {
        throw otherPlace(object, error);
      }
      throw error;
    }
  }

  async function copyOne(object: ObjectCopy, signal: AbortSignal): Promise<ObjectInfo> {
    const tooLarge = settings.mode === 'auto' && !multipartCopy && object.size > singleCopyLimit;
    if (!direct || tooLarge) return await copyStreaming(object, signal);
    try {
      return await copyDirect(object, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (settings.mode === 'direct') throw refusedDirect(error);
      if (direct) {
        direct = false;
        // Of two stores this is to be expected; a store that may not read its own neighbour is not.
        const level = error.code === 'UNSUPPORTED' ? 'info' : 'warn';
        logger[level](
          { code: error.code, key: object.sourceKey, reason: error.message },
          'the store refused to copy by itself; the rest is streamed through this process',
        );
      }
      return await copyStreaming(object, signal);
    }
  }

  return {
    async copyAll(objects, { signal, onObject } = {}) {
      const watches = [from, to].map(({ driver }) => watchBusy(driver, () => pace.busy()));
      try {
        await runAll(
          objects,
          settings.concurrency,
          async (object, inner) => {
            let stored: ObjectInfo;
            try {
              stored = await pace.run(() => copyOne(object, inner));
              if (stored.size !== object.size)
                throw damaged(object, `${object.size} bytes`, `${stored.size}`);
            } catch (error) {
              throw isAbsent(error) ? gone(object, error) : error;
            }
            onObject?.(object, await withChecksum(to.driver, object.targetKey, stored, inner));
          },
          signal,
        );
      } finally {
        for (const end of watches) end();
      }
    },
  };
}

/** Of what a store nearby has copied by itself; what was streamed has one. */
async function withChecksum(
  driver: StorageDriver,
  key: string,
  stored: ObjectInfo,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  const digest = driver.capabilities.nearby && !stored.checksum ? await createDigest('crc32c') : undefined;
  if (!digest) return stored;
  const { body } = await driver.get(key, { signal });
  for await (const chunk of body) digest.update(chunk as Uint8Array);
  return { ...stored, checksum: { algorithm: digest.algorithm, value: digest.value() } };
}

function isAbsent(error: unknown): error is BackupError {
  return isBackupError(error) && error.code === 'OBJECT_NOT_FOUND';
}

/** One address may serve several tenants, whose buckets have the same names. */
function otherPlace({ sourceKey }: ObjectCopy, cause: BackupError): BackupError {
  return new BackupError({
    code: 'UNSUPPORTED',
    message: `the target's store does not see object ${sourceKey}, which the source has`,
    cause,
    details: { key: sourceKey },
  });
}
