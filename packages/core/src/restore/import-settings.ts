import { BackupError } from '../errors/index.js';
import { defaultDatabase, nameKey } from '../filter/index.js';
import type { CollectionMeta, SegmentMeta } from '../meta/types.js';
import { loadPositionReader } from '../milvus/positions.js';
import { type RestorePlan, sourceName } from './plan-targets.js';
import type { RestoreRun } from './restore-run.js';

/** What the imports of one collection are told besides their files. */
export interface ImportSettings {
  /** Key of the encrypted database that the data comes from; empty for all others. */
  readonly ezk: string;
  /** TSO by virtual channel, after which rows and deletes are left out; empty: nothing is. */
  readonly endTimestamps: ReadonlyMap<string, bigint>;
}

/**
 * Of every collection that is asked for, before any target is touched.
 * @throws BackupError `INVALID_ARGUMENT` when rows are to be left out by time and the backup does not tell the times
 */
export async function planImportSettings(
  run: Pick<RestoreRun, 'meta' | 'request'>,
  plan: RestorePlan,
): Promise<ReadonlyMap<CollectionMeta, ImportSettings>> {
  const { request } = run;
  const read = request.truncateBinlogByTs && !request.metaOnly ? await loadPositionReader() : null;
  return new Map(
    [...new Set(plan.targets.map((target) => target.source))].map((source) => [
      source,
      {
        ezk: keyOf(run, source),
        endTimestamps: read ? endTimestampsOf(source, read) : new Map<string, bigint>(),
      },
    ]),
  );
}

function keyOf({ meta, request }: Pick<RestoreRun, 'meta' | 'request'>, source: CollectionMeta): string {
  const database = source.db_name || defaultDatabase;
  const key = meta.database_backups.find((one) => (one.db_name || defaultDatabase) === database)?.ezk ?? '';
  return key === '' ? '' : (request.ezkMapping?.[key] ?? key);
}

function endTimestampsOf(
  source: CollectionMeta,
  read: (position: string) => bigint,
): ReadonlyMap<string, bigint> {
  const data = source.partition_backups.flatMap((one) => one.segment_backups);
  const ends = new Map<string, bigint>();
  for (const segment of [...data, ...source.l0_segments]) {
    if (segment.group_id === 0n && !segment.is_l0 && segment.partition_id >= 0n) {
      throw refused(source, segment, 'truncate binlog by ts is not supported if group id is not set');
    }
    const channel = segment.v_channel;
    if (channel === '') throw refused(source, segment, 'empty vch but truncate binlog by ts is set');
    if (ends.has(channel)) continue;
    const end = read(source.channel_checkpoints[channel] ?? '');
    if (end === 0n) throw refused(source, segment, `failed to get vch ${channel} checkpoint`);
    ends.set(channel, end);
  }
  return ends;
}

function refused(source: CollectionMeta, segment: SegmentMeta, why: string): BackupError {
  const at = sourceName(source);
  return new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${nameKey(at)}: ${why}`,
    remedy:
      'leave truncateBinlogByTs out: it needs a backup of Milvus 2.5.8 or newer whose collections were flushed one by one',
    details: { ...at, segment: String(segment.segment_id) },
  });
}
