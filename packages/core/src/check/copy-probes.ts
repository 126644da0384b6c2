import type { BackupConfig } from '../config/types.js';
import { BackupError, toBackupError } from '../errors/index.js';
import { seesSameBucket } from '../transfer/same-backend.js';
import type { Store, Transfer } from '../transfer/transfer.js';
import { type CheckRun, reasonOf } from './check-run.js';
import { type Finding, ok, skipped, warning } from './finding.js';
import type { ProbeArea } from './probe-area.js';
import { bucketOf } from './store-access.js';
import { readBytes } from './store-probes.js';

export interface CopyEnd {
  readonly store: Store;
  readonly area: ProbeArea;
  /** An object to copy from here; `null`: there is none. */
  readonly source: { readonly key: string; readonly size: number } | null;
  readonly canWrite: boolean;
}

export interface CopyInput {
  readonly mode: BackupConfig['transfer']['mode'];
  readonly transfer: (from: Store, to: Store) => Transfer;
  readonly milvus: CopyEnd;
  readonly backup: CopyEnd;
}

/** Copies one object each way, as `create` and `restore` would. */
export async function checkCopies(run: CheckRun, input: CopyInput): Promise<void> {
  const { milvus, backup } = input;
  await Promise.all([
    run.probe('copy.to-backup', (signal) => tryCopy(input, milvus, backup, signal)),
    run.probe(
      'copy.to-milvus',
      async (signal) =>
        input.mode !== 'streaming' &&
        backup.source !== null &&
        (await seesSameBucket(backup.store, milvus.store, backup.source.key, signal))
          ? ok('not needed: Milvus imports right from the bucket of the backups')
          : tryCopy(input, backup, milvus, signal),
      { severity: 'warning' },
    ),
  ]);
}

async function tryCopy(input: CopyInput, from: CopyEnd, to: CopyEnd, signal: AbortSignal): Promise<Finding> {
  if (!to.canWrite) return skipped(`nothing can be written to ${to.store.section.path}`);
  if (from.source === null) return skipped(`nothing lies in ${from.store.section.path} that could be copied`);
  const { key, size } = from.source;
  const why = whyStreaming(input.mode, from.store, to.store);
  if (why === null) {
    try {
      const direct = to.area.key('direct');
      await to.store.driver.copyFrom(from.store.driver, key, direct, { size, signal });
      await compare(from, to, direct, signal);
      return ok('the store copies objects by itself');
    } catch (error) {
      if (input.mode === 'direct' || signal.aborted || !isRefusal(error)) throw error;
      await stream(input, from, to, signal);
      // Of two stores this is to be expected; a store that may not read its own neighbour is not.
      if (!isOneAddress(from.store, to.store)) {
        return ok(
          'streaming will be used: the two stores are not one, and the target cannot read from the other',
        );
      }
      return warning(
        `streaming will be used: the store does not copy by itself: ${reasonOf(error)}`,
        `let the credentials of ${to.store.section.path} read ${bucketOf(from.store)}, or set transfer.mode to streaming`,
      );
    }
  }
  await stream(input, from, to, signal);
  return ok(`streaming will be used: ${why}`);
}

async function stream(input: CopyInput, from: CopyEnd, to: CopyEnd, signal: AbortSignal): Promise<void> {
  const { key: sourceKey, size } = from.source ?? { key: '', size: 0 };
  const targetKey = to.area.key('streamed');
  await input.transfer(from.store, to.store).copyAll([{ sourceKey, targetKey, size }], { signal });
  await compare(from, to, targetKey, signal);
}

async function compare(from: CopyEnd, to: CopyEnd, key: string, signal: AbortSignal): Promise<void> {
  if (from.source === null) return;
  const [want, got] = await Promise.all([
    readBytes(from.store.driver, from.source.key, { signal }),
    readBytes(to.store.driver, key, { signal }),
  ]);
  if (want.equals(got)) return;
  throw new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: 'a copied object holds other bytes than its source',
    remedy: 'look at what stands between the stores, and report it to the maker of the store',
  });
}

/** As the transfer decides; `null` when the store is to copy by itself. */
function whyStreaming(mode: CopyInput['mode'], from: Store, to: Store): string | null {
  if (mode === 'direct') return null;
  if (mode === 'streaming') return 'transfer.mode asks for it';
  if (from.driver.name !== to.driver.name)
    return `a ${to.driver.name} store cannot read from a ${from.driver.name} store by itself`;
  if (to.driver.capabilities.serverSideCopy !== true) return 'the driver offers no server-side copy';
  return null;
}

/** A store of the same kind elsewhere may have a bucket of the same name, without the object. */
const refusals = new Set(['UNSUPPORTED', 'STORAGE_AUTH', 'BUCKET_NOT_FOUND', 'OBJECT_NOT_FOUND']);

const isRefusal = (error: unknown): boolean => refusals.has(toBackupError(error).code);

function isOneAddress({ section: a }: Store, { section: b }: Store): boolean {
  return a.address.toLowerCase() === b.address.toLowerCase() && a.port === b.port;
}
