import { BackupError } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import type { BackupMeta, CollectionMeta } from '../../meta/types.js';
import { sourceName } from '../plan-targets.js';
import { databaseIdOf } from './ids.js';

const takeAgain =
  'take a new backup of Milvus 2.6.11 or newer with --strategy bulk_flush --backup_index_extra, and restore that one';

/**
 * Whether a backup has what a secondary is made of: ids, channels, the point in the source's log at which the replication goes on.
 * @throws BackupError `FORMAT_UNSUPPORTED`, `SOURCE_INCOMPLETE`
 */
export function checkBackup(meta: BackupMeta): void {
  if (meta.format !== '') {
    throw new BackupError({
      code: 'FORMAT_UNSUPPORTED',
      message: `backup ${meta.name} was taken in the "${meta.format}" format, from which no secondary can be made`,
      remedy:
        'take a backup with --format binlog --strategy bulk_flush --backup_index_extra, and restore that one',
      details: { backup: meta.name, format: meta.format },
    });
  }
  if (
    meta.control_channel_name === '' ||
    meta.physical_channel_names.length === 0 ||
    Object.keys(meta.flush_all_msgs_base64).length === 0
  ) {
    throw incomplete(
      meta,
      'does not tell its control channel, physical channels and flush messages: it was not taken by a bulk flush, or its full_meta.json is gone',
    );
  }
  for (const channel of meta.physical_channel_names) {
    if (meta.flush_all_msgs_base64[channel] === undefined)
      throw incomplete(meta, `has no flush message of channel ${channel}`);
  }
  for (const database of meta.database_backups) {
    if (databaseIdOf(meta, database.db_name) === 0n)
      throw incomplete(meta, `does not tell the id of database ${database.db_name}`);
  }
  for (const collection of meta.collection_backups) checkCollection(meta, collection);
}

function checkCollection(meta: BackupMeta, collection: CollectionMeta): void {
  const name = nameKey(sourceName(collection));
  const { virtual_channel_names: virtual, physical_channel_names: physical } = collection;
  if (collection.collection_id === 0n) throw incomplete(meta, `does not tell the id of ${name}`);
  if (databaseIdOf(meta, collection.db_name, collection.db_id) === 0n)
    throw incomplete(meta, `does not tell the id of the database of ${name}`);
  if (virtual.length === 0 || virtual.length !== physical.length)
    throw incomplete(meta, `does not tell the channels of ${name}`);
  if (collection.partition_backups.length === 0 || collection.partition_backups.some(hasNoId))
    throw incomplete(meta, `does not tell the ids of the partitions of ${name}`);
  // Both are known from etcd alone.
  const dynamic = collection.schema.fields.some((field) => field.is_dynamic);
  const unknown = collection.index_infos.find((index) => !index.field_id || !index.index_id);
  if (unknown || (collection.schema.enable_dynamic_field && !dynamic)) {
    throw incomplete(
      meta,
      `does not tell ${unknown ? `all of index ${unknown.index_name}` : 'the dynamic field'} of ${name}: it was taken without --backup_index_extra`,
    );
  }
}

const hasNoId = ({ partition_id }: { readonly partition_id: bigint }): boolean => partition_id === 0n;

function incomplete({ name }: BackupMeta, what: string): BackupError {
  return new BackupError({
    code: 'SOURCE_INCOMPLETE',
    message: `backup ${name} cannot be restored into a secondary: it ${what}`,
    remedy: takeAgain,
    details: { backup: name },
  });
}
