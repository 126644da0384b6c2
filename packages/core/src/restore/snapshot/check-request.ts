import { BackupError } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import type { MilvusServerInfo } from '../../milvus/gateway.js';
import type { RestoreRequest } from '../../requests.js';
import type { RestorePlan } from '../plan-targets.js';

/**
 * What a restore of snapshots cannot do: Milvus makes the collections as they were, with their rows and indexes.
 * @throws BackupError `INVALID_ARGUMENT` naming all of it
 */
export function checkSnapshotRequest(request: RestoreRequest, plan: RestorePlan): void {
  const refused = [
    request.skipCreateCollection && 'skip_create_collection',
    request.metaOnly && 'meta_only',
    request.truncateBinlogByTs && 'truncate_binlog_by_ts',
    request.ezkMapping && Object.keys(request.ezkMapping).length > 0 && 'ezk_mapping',
    plan.targets.some((one) => one.shardNum > 0) && 'a shardNum of its own for a collection',
    request.prove === 'full' && 'a proof of every row (prove full)',
  ].filter((one) => typeof one === 'string');
  if (refused.length > 0) {
    throw new BackupError({
      code: 'INVALID_ARGUMENT',
      message: `a backup in the snapshot format cannot be restored with ${refused.join(', ')}`,
      remedy: 'leave that out; a backup taken with --format binlog can',
    });
  }
  const limit = request.maxShardNum ?? 0;
  const wide = plan.targets.find(({ source }) => limit > 0 && source.shards_num > limit);
  if (!wide) return;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${nameKey(wide.at)} has ${wide.source.shards_num} shards, maxShardNum is ${limit}: a snapshot is restored with the shards it has`,
    remedy:
      'raise maxShardNum or leave it out; a backup taken with --format binlog can be restored with fewer',
    details: { ...wide.at, shards: wide.source.shards_num },
  });
}

/** Options that mean nothing here, by their names in the Go tool. */
export function ignoredOptions(request: RestoreRequest): string[] {
  return [
    request.dropExistIndex && 'drop_exist_index',
    request.rebuildIndex && 'restore_index',
    request.useAutoIndex && 'use_auto_index',
    request.useV2Restore !== undefined && request.useV2Restore && 'use_v2_restore',
  ].filter((one) => typeof one === 'string');
}

/** @throws BackupError `MILVUS_UNSUPPORTED` */
export function requireSnapshots({ version, features }: MilvusServerInfo): void {
  if (features.snapshot) return;
  throw new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: `a backup in the snapshot format needs Milvus 3.0 or newer, this one is ${version}`,
    remedy:
      'restore it into a newer Milvus; a backup taken with --format binlog goes into the same or a newer one',
    details: { milvusVersion: version },
  });
}
