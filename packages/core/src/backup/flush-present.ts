import { counted } from '../counted.js';
import { type BackupError, isBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { FlushTicket } from '../milvus/gateway.js';
import type { FlushAllTicket } from '../milvus/gateway-backup.js';
import { runAll } from '../transfer/run-all.js';
import { describeAgain, dropped, giveUp, isGone } from './backup-collection.js';
import type { BackupRun } from './backup-run.js';
import type { CollectionResults } from './collection-results.js';
import type { Structure } from './describe.js';
import { flushAll, flushServer } from './flush.js';

const lookedAtOnce = 16;

/** How often a flush may fail for collections that come and go before those are given up. */
const rounds = 5;

export interface Flush {
  readonly tickets: ReadonlyMap<string, FlushTicket>;
  /** Only of a flush of the whole server. */
  readonly flushed: FlushAllTicket | null;
}

const nothingFlushed: Flush = { tickets: new Map(), flushed: null };

/**
 * Flushes what is pending. A call for many collections fails for one that is gone or was made anew: that one is taken out, or
 * described again, and the call made again.
 * @param described gets the new structures
 * @throws BackupError when the run is to end with it
 */
export async function flushPresent(
  run: BackupRun,
  results: CollectionResults,
  described: Map<string, Structure>,
): Promise<Flush> {
  const { milvus, logger, signal, strategy } = run;
  // One by one, each right before its data is read, is what this strategy is named for.
  if (strategy === 'skip_flush' || strategy === 'serial_flush') return nothingFlushed;
  const { features } = await milvus.serverInfo({ signal });
  const bulk = strategy === 'bulk_flush' || (strategy === 'auto' && features.bulkFlush);
  for (let round = 1; ; round++) {
    const pending = results.pending();
    if (pending.length === 0) return nothingFlushed;
    run.tracker.step(bulk ? 'flushing Milvus' : `flushing ${counted(pending.length, 'collection')}`);
    if (bulk) return { tickets: new Map(), flushed: await flushServer(milvus, logger, signal) };
    try {
      const collections = pending.flatMap((at) => described.get(nameKey(at))?.collection ?? []);
      return { tickets: await flushAll(milvus, collections, logger, signal), flushed: null };
    } catch (error) {
      if (!isBackupError(error) || !isGone(error)) throw error;
      const changed = await lookAgain(run, results, described, error, round < rounds);
      // The next call would fail alike.
      if (!changed && round >= rounds) throw error;
    }
  }
}

/** @returns whether one of the pending collections is gone, or another one by now */
async function lookAgain(
  run: BackupRun,
  results: CollectionResults,
  described: Map<string, Structure>,
  cause: BackupError,
  mayRetry: boolean,
): Promise<boolean> {
  let changed = false;
  await runAll(
    results.pending(),
    lookedAtOnce,
    async (at, signal) => {
      const present = await describeAgain(run, at, signal);
      const known = described.get(nameKey(at))?.collection.collection_id;
      if (present?.collection.collection_id === known) return;
      changed = true;
      if (present === null) results.end(at, giveUp(run, dropped(at, cause), 'gone', signal));
      else if (mayRetry && run.onMissing === 'retry') described.set(nameKey(at), present);
      else results.end(at, giveUp(run, dropped(at, cause), 'skipped', signal));
    },
    run.signal,
  );
  return changed;
}
