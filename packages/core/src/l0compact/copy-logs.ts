import { isSameContent } from '../copy/same-content.js';
import type { ObjectInfo } from '../driver/driver.js';
import { backupPrefix, collectionFolder } from '../layout/index.js';
import type { BackupLogObject } from '../restore/backup-logs.js';
import { placedSegments } from '../restore/backup-logs.js';
import { segmentKey } from '../restore/log-index.js';
import { runAll } from '../transfer/run-all.js';
import type { CompactRun } from './compact-run.js';
import { type CollectionPlan, isLevelZero } from './plan.js';

/** What has been copied so far; the rest was there, equal, of an earlier run. */
export interface CopiedLogs {
  readonly objects: number;
  readonly bytes: number;
  readonly kept: boolean;
}

/** Segments whose files stay behind, by {@link segmentKey}. */
export function levelZeroOf({ collection }: CollectionPlan): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { partition, segment } of placedSegments(collection)) {
    if (isLevelZero(collection, segment)) names.add(segmentKey(partition, segment.segment_id));
  }
  return names;
}

/** What is copied of a collection's logs: all but those of L0 segments. */
export function copiedLogs(plan: CollectionPlan, known: readonly BackupLogObject[]): BackupLogObject[] {
  const dropped = levelZeroOf(plan);
  return known.filter((log) => !dropped.has(segmentKey(log.partition, log.segment)));
}

/** Whatever lies in the folders of a collection, by whole key. */
export async function listCollection(
  { store, root }: CompactRun,
  name: string,
  collection: bigint,
  signal: AbortSignal,
): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for (const kind of ['insert', 'delta'] as const) {
    const folder = collectionFolder(backupPrefix(root, name), kind, collection);
    for await (const entry of store.driver.list(folder, { signal })) {
      if (entry.type === 'object') found.set(entry.key, entry);
    }
  }
  return found;
}

/**
 * Copies logs of one collection by the store itself where it can, and proves each. What an earlier run has copied stays.
 * @param onLog told of each
 * @throws BackupError of the first that failed; what was copied by then stays for the next run
 */
export async function copyLogs(
  run: CompactRun,
  collection: bigint,
  wanted: readonly BackupLogObject[],
  onLog: (copied: CopiedLogs) => void,
  signal: AbortSignal,
): Promise<void> {
  const { store, root, source, output, transfer, concurrency } = run;
  const [from, to] = [backupPrefix(root, source), backupPrefix(root, output)];
  const there = await listCollection(run, output, collection, signal);
  const infos = there.size > 0 ? await listCollection(run, source, collection, signal) : new Map();
  await runAll(
    wanted,
    concurrency,
    async ({ key, size }, inner) => {
      const targetKey = to + key.slice(from.length);
      const [held, info] = [there.get(targetKey), infos.get(key) as ObjectInfo | undefined];
      const kept =
        held !== undefined &&
        info !== undefined &&
        (await isSameContent({ driver: store.driver, info }, { driver: store.driver, info: held }, inner));
      if (!kept) await transfer.copyAll([{ sourceKey: key, targetKey, size }], { signal: inner });
      onLog({ objects: 1, bytes: size, kept });
    },
    signal,
  );
}

/** Removes what an earlier run has left of a collection and this one did not make. */
export async function removeStrays(
  run: CompactRun,
  collection: bigint,
  made: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const strays: string[] = [];
  for (const key of (await listCollection(run, run.output, collection, signal)).keys()) {
    if (!made.has(key)) strays.push(key);
  }
  if (strays.length > 0) await run.store.driver.delete(strays, { signal });
}
