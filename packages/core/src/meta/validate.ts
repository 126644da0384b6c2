import { BackupError } from '../errors/index.js';
import { hasControl } from '../layout/root.js';
import type { BackupMeta, CollectionMeta, FieldBinlogMeta, PartitionMeta, SegmentMeta } from './types.js';

/**
 * Refuses metadata that would lead outside its backup. Keys are built from ids and never from `log_path`, so the ids must be
 * ids; names become part of a staging folder, so they hold no path; and a path that climbs is a sign of tampering even
 * where nobody follows it.
 * @throws BackupError `META_UNSAFE` naming the place
 */
export function validateMeta(meta: BackupMeta): void {
  if (meta.name.length > longestName)
    throw unsafe('$.name', meta.name, `a name of ${meta.name.length} characters`);
  for (const [index, collection] of meta.collection_backups.entries()) {
    checkCollection(collection, `$.collection_backups[${index}]`);
  }
  for (const [index, database] of meta.database_backups.entries()) {
    checkName(database.db_name, `$.database_backups[${index}].db_name`);
  }
}

/**
 * Refuses what is not made of binlogs: restoring it as such would give empty collections.
 * @throws BackupError `FORMAT_UNSUPPORTED`
 */
export function requireBinlogFormat(meta: BackupMeta): void {
  if (meta.format === '') return;
  throw new BackupError({
    code: 'FORMAT_UNSUPPORTED',
    message: `backup ${meta.name} was taken in the "${meta.format}" format`,
    remedy: 'take the backup again with --format binlog, which this needs',
    details: { format: meta.format },
  });
}

/**
 * Refuses what neither tool writes, and a backup of Milvus's making that does not tell where its data is.
 * @throws BackupError `FORMAT_UNSUPPORTED`, `META_UNREADABLE`
 */
export function requireKnownFormat(meta: BackupMeta): void {
  if (meta.format === '') return;
  if (meta.format !== 'snapshot') {
    throw new BackupError({
      code: 'FORMAT_UNSUPPORTED',
      message: `backup ${meta.name} was taken in the ${JSON.stringify(meta.format.slice(0, 64))} format`,
      remedy: 'use the tool that made it, or a newer version of this one',
      details: { format: meta.format.slice(0, 64) },
    });
  }
  const lost = meta.collection_backups.find((one) => !one.snapshot_backup?.metadata_path);
  if (!lost) return;
  throw new BackupError({
    code: 'META_UNREADABLE',
    message: `backup ${meta.name} does not tell where the snapshot of ${lost.db_name || 'default'}.${lost.collection_name} is`,
    remedy: 'its metadata is damaged; another copy of the backup may be whole',
    details: { collection: lost.collection_name },
  });
}

function checkCollection(collection: CollectionMeta, place: string): void {
  checkId(collection.collection_id, `${place}.collection_id`);
  checkName(collection.db_name, `${place}.db_name`);
  checkName(collection.collection_name, `${place}.collection_name`);
  if (collection.snapshot_backup) {
    checkRelative(collection.snapshot_backup.metadata_path, `${place}.snapshot_backup.metadata_path`);
  }
  for (const [index, segment] of collection.l0_segments.entries()) {
    checkSegment(segment, collection, `${place}.l0_segments[${index}]`);
  }
  for (const [index, partition] of collection.partition_backups.entries()) {
    checkPartition(partition, collection, `${place}.partition_backups[${index}]`);
  }
}

function checkPartition(partition: PartitionMeta, collection: CollectionMeta, place: string): void {
  checkId(partition.partition_id, `${place}.partition_id`);
  checkOwner(partition.collection_id, collection.collection_id, `${place}.collection_id`);
  for (const [index, segment] of partition.segment_backups.entries()) {
    const at = `${place}.segment_backups[${index}]`;
    checkSegment(segment, collection, at);
    checkOwner(segment.partition_id, partition.partition_id, `${at}.partition_id`);
  }
}

function checkSegment(segment: SegmentMeta, collection: CollectionMeta, place: string): void {
  checkId(segment.segment_id, `${place}.segment_id`);
  checkId(segment.group_id, `${place}.group_id`);
  if (segment.partition_id !== -1n) checkId(segment.partition_id, `${place}.partition_id`);
  checkOwner(segment.collection_id, collection.collection_id, `${place}.collection_id`);
  for (const kind of ['binlogs', 'statslogs', 'deltalogs'] as const) {
    for (const [index, field] of segment[kind].entries()) checkLogs(field, place, kind, index);
  }
}

function checkLogs(field: FieldBinlogMeta, place: string, kind: string, index: number): void {
  // the path is put together only for an error: there may be a million logs
  for (const [log, { log_id, log_path }] of field.binlogs.entries()) {
    if (log_id < 0n) checkId(log_id, `${place}.${kind}[${index}].binlogs[${log}].log_id`);
    if (climbs(log_path)) {
      throw unsafe(
        `${place}.${kind}[${index}].binlogs[${log}].log_path`,
        log_path,
        'a path that leaves its folder',
      );
    }
  }
}

function checkId(id: bigint, place: string): void {
  if (id < 0n) throw unsafe(place, String(id), 'a negative id');
}

/** A child of another parent would be looked for in that one's folder. An absent id is the parent's. */
function checkOwner(id: bigint, owner: bigint, place: string): void {
  if (id !== owner && id !== 0n) throw unsafe(place, String(id), `not the id ${owner} it lies under`);
}

function checkName(name: string, place: string): void {
  if (name === '.' || name === '..' || /[/\\]/.test(name) || hasControl(name)) {
    throw unsafe(place, name, 'a name with path or control characters');
  }
  if (name.length > longestName) throw unsafe(place, name, `a name of ${name.length} characters`);
}

/** Milvus takes 255 bytes by default, and a store no longer key than 1024. */
const longestName = 1024;

function checkRelative(path: string, place: string): void {
  if (path.startsWith('/') || path.includes('://') || climbs(path)) {
    throw unsafe(place, path, 'a path outside the backup');
  }
}

const climbing = /(?:^|[/\\])\.\.(?:[/\\]|$)|\p{Cc}/u;

function climbs(path: string): boolean {
  return climbing.test(path);
}

function unsafe(place: string, value: string, why: string): BackupError {
  const shown = JSON.stringify(value.slice(0, 120));
  return new BackupError({
    code: 'META_UNSAFE',
    message: `the metadata holds at ${place} ${why}: ${shown}`,
    remedy: 'do not use this backup: its metadata was changed or damaged; take it from its source again',
    details: { path: place, value: value.slice(0, 120) },
  });
}
