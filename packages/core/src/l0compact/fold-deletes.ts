import { createHash } from 'node:crypto';
import { type DeleteRecord, readDeletes, readRows, writeDeleteLog } from '../binlog/index.js';
import { readBytes } from '../binlog/read-bytes.js';
import { throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import { backupPrefix, deltaLogKey } from '../layout/index.js';
import type { BinlogMeta } from '../meta/types.js';
import type { BackupLogObject } from '../restore/backup-logs.js';
import { segmentKey } from '../restore/log-index.js';
import type { CompactRun } from './compact-run.js';
import type { ChannelPlan, CollectionPlan, PlacedSegment } from './plan.js';
import { ScopedDeletes } from './scoped-deletes.js';

export interface FoldTools {
  /** Hands out log ids that are free in the whole backup. */
  readonly nextLog: () => bigint;
  /** Told of each new log by its whole key, with the Base64 SHA-256 of its bytes. */
  readonly made: Map<string, string>;
}

type LogsBySegment = ReadonlyMap<string, readonly BackupLogObject[]>;

/**
 * Writes the deletes of a collection's L0 segments that hit a segment as delta logs of that segment. One pass over the keys and
 * timestamps of all segments for each so many deletes, so that neither the deletes nor the rows have to fit into memory; a second pass
 * gives a segment a second log. Ids and bytes are the same in every run.
 * @param known logs of the source
 * @returns the new logs, by {@link segmentKey}
 * @throws BackupError `VERIFY_FAILED` for a damaged log, `FORMAT_UNSUPPORTED` for one whose form is not decoded here
 */
export async function foldDeletes(
  run: CompactRun,
  { collection, key, channels }: CollectionPlan,
  known: readonly BackupLogObject[],
  { nextLog, made }: FoldTools,
  signal: AbortSignal,
): Promise<Map<string, BinlogMeta[]>> {
  const logs = groupBy(known, (log) => segmentKey(log.partition, log.segment));
  const added = new Map<string, BinlogMeta[]>();
  for (const channel of channels) {
    for await (const deletes of readInPasses(run, channel, logs, signal)) {
      for (const placed of channel.data) {
        throwIfAborted(signal);
        const found = await findHits(run, placed, key, logs, deletes, signal);
        if (found.length === 0) continue;
        const { partition, segment } = placed;
        const ids = { collection: collection.collection_id, partition, segment: segment.segment_id };
        const log = nextLog();
        const bytes = await writeDeleteLog({ ...ids, deletes: found });
        const target = deltaLogKey(backupPrefix(run.root, run.output), {
          ...ids,
          group: segment.group_id,
          log,
        });
        await run.store.driver.put(target, bytes, { size: bytes.byteLength, signal });
        made.set(target, createHash('sha256').update(bytes).digest('base64'));
        const name = segmentKey(partition, segment.segment_id);
        const list = added.get(name) ?? [];
        added.set(name, list);
        // As the Go tool: no such object is in Milvus's store, so that the path is the one in the backup.
        list.push({ log_path: target, log_size: bytes.byteLength, log_id: log });
        run.logger.debug({ segment: String(segment.segment_id), deletes: found.length }, 'deletes folded');
      }
    }
  }
  return added;
}

/** The deletes of the L0 segments of a channel, so many at a time; each time the same object, filled anew. */
async function* readInPasses(
  { store, maxDeletes }: CompactRun,
  { l0 }: ChannelPlan,
  logs: LogsBySegment,
  signal: AbortSignal,
): AsyncGenerator<ScopedDeletes> {
  const deletes = new ScopedDeletes();
  for (const { partition, segment } of l0) {
    for (const log of byId(logs.get(segmentKey(partition, segment.segment_id)) ?? [])) {
      for (const one of await readDeletes(await readBytes(store.driver, log, signal))) {
        deletes.add(partition, one);
        if (deletes.size < maxDeletes) continue;
        yield deletes;
        deletes.clear();
      }
    }
  }
  if (deletes.size > 0) yield deletes;
}

/** The deletes that hit rows of a segment, by time and key. */
async function findHits(
  { store }: CompactRun,
  { partition, segment }: PlacedSegment,
  key: bigint,
  logs: LogsBySegment,
  deletes: ScopedDeletes,
  signal: AbortSignal,
): Promise<DeleteRecord[]> {
  const own = logs.get(segmentKey(partition, segment.segment_id)) ?? [];
  const hits = new Map<bigint | string, Set<bigint>>();
  for await (const { keys, times } of readRows({ driver: store.driver, logs: own, key, signal })) {
    for (const [row, pk] of keys.entries()) {
      const found = deletes.hits(partition, pk, BigInt.asUintN(64, times[row] ?? 0n));
      if (found.length === 0) continue;
      const known = hits.get(pk);
      if (known) for (const ts of found) known.add(ts);
      else hits.set(pk, new Set(found));
    }
  }
  const records = [...hits].flatMap(([pk, all]) => Array.from(all, (ts): DeleteRecord => ({ pk, ts })));
  return records.sort(byTimeAndKey);
}

function byTimeAndKey(one: DeleteRecord, other: DeleteRecord): number {
  if (one.ts !== other.ts) return one.ts < other.ts ? -1 : 1;
  if (one.pk === other.pk) return 0;
  return one.pk < other.pk ? -1 : 1;
}

const byId = (logs: readonly BackupLogObject[]): BackupLogObject[] =>
  [...logs].sort((a, b) => (a.log < b.log ? -1 : 1));
