import type { ObjectInfo } from '../driver/driver.js';
import { backupPrefix } from '../layout/index.js';
import type { CopyFacts } from '../task/types.js';
import { runAll } from '../transfer/run-all.js';
import { isManifest } from './copy-manifest.js';
import type { CopyRun } from './copy-run.js';
import { isCommitFile, listPart, listParts } from './folder.js';
import { isSameContent } from './same-content.js';

/** What a copy has done so far, counted while it goes on. */
export type CopyCounts = { -readonly [Count in keyof CopyFacts]: CopyFacts[Count] };

interface PlannedObject {
  readonly key: string;
  readonly source: ObjectInfo;
  /** What an earlier run has left under the key. */
  readonly target: ObjectInfo | undefined;
}

/** What a copy of objects needs of a run. */
type ObjectsRun = Pick<CopyRun, 'from' | 'to' | 'transfer' | 'tracker' | 'concurrency' | 'logger'>;

/**
 * Brings all but the manifest and the files that commit to the target: what is there and equal stays, what does not belong there goes, the rest
 * is copied and proven.
 * @throws BackupError of the first object that failed; what was copied by then stays for the next run
 */
export async function copyObjects(run: ObjectsRun, counts: CopyCounts, signal: AbortSignal): Promise<void> {
  const { from, to, transfer, tracker, concurrency } = run;
  const [source, target] = [backupPrefix(from.root, from.name), backupPrefix(to.root, to.name)];
  await runAll(
    planObjects(run, signal),
    concurrency,
    async (object, inner) => {
      const { size, etag } = object.source;
      const kept =
        object.target !== undefined &&
        (await isSameContent(
          { driver: from.driver, info: object.source },
          { driver: to.driver, info: object.target },
          inner,
        ));
      if (!kept) {
        const one = { sourceKey: source + object.key, targetKey: target + object.key, size, etag };
        await transfer.copyAll([one], { signal: inner });
      }
      counts[kept ? 'objectsKept' : 'objectsCopied'] += 1;
      counts[kept ? 'bytesKept' : 'bytesCopied'] += size;
      tracker.copy({ ...counts });
      tracker.add({ objectsDone: 1, bytesDone: size });
      const { bytesDone, bytesTotal } = tracker.view().progress;
      // The last percent is the commit's.
      if (bytesTotal > 0) tracker.percent(Math.min(99, (100 * bytesDone) / bytesTotal));
    },
    signal,
  );
}

/** Part by part, so that memory does not grow with the backup. Removes what the source does not hold on its way. */
async function* planObjects(
  run: Pick<ObjectsRun, 'from' | 'to' | 'logger'>,
  signal: AbortSignal,
): AsyncGenerator<PlannedObject> {
  const { from, to, logger } = run;
  const target = backupPrefix(to.root, to.name);
  for (const part of await listParts([from, to], signal)) {
    const [wanted, found] = await Promise.all([listPart(from, part, signal), listPart(to, part, signal)]);
    const strays = [...found.keys()].filter((key) => !wanted.has(key));
    if (strays.length > 0) {
      logger.info(
        { folder: part.folder, objects: strays.length },
        'left-overs of an earlier run are removed',
      );
      await to.driver.delete(
        strays.map((key) => target + key),
        { signal },
      );
    }
    for (const [key, info] of wanted) {
      if (!isCommitFile(key) && !isManifest(key)) yield { key, source: info, target: found.get(key) };
    }
  }
}
