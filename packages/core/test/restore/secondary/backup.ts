import {
  type BackupMeta,
  type CollectionMeta,
  makeBackup,
  makeCollection,
  makeField,
  makePartition,
} from '../../../src/meta/index.js';
import type { IndexMeta } from '../../../src/meta/types.js';
import { loadWire } from '../../../src/milvus/wire.js';

export const wire = loadWire();

/** What the source flushed at, in each of its channels. */
export const flushedAt = 460_000_000_000_000_000n;

const channels = ['east-rootcoord-dml_0', 'east-rootcoord-dml_1'];

export function flushMessage(channel: string, tick: bigint): string {
  return wire
    .encode('milvus.proto.common.ImmutableMessage', {
      id: { id: 'AQID', WAL_name: 2 },
      payload: Buffer.alloc(0),
      properties: { _tt: tick.toString(36), _v: '2', _t: '37', _h: '', _vc: channel, _lcs: '' },
    })
    .toString('base64');
}

const index: IndexMeta = {
  field_name: 'vec',
  index_name: 'v',
  index_type: 'HNSW',
  params: { index_type: 'HNSW' },
  index_id: 900n,
  field_id: 101n,
  create_time: 7n,
  type_params: [{ key: 'dim', value: '4' }],
  index_params: [{ key: 'index_type', value: 'HNSW' }],
  user_index_params: [],
  is_auto_index: false,
  min_index_version: 0,
  max_index_version: 8,
};

/** A collection of two channels, one of which is the control channel's too, with a dynamic field and an index. */
export function books(given: Partial<CollectionMeta> = {}): CollectionMeta {
  const base = makeCollection({
    collection_id: 5n,
    db_name: 'shop',
    db_id: 77n,
    collection_name: 'books',
    consistency_level: 1,
    load_state: 'Loaded',
    properties: [{ key: 'collection.ttl.seconds', value: '60' }],
    virtual_channel_names: channels.map((one, at) => `${one}_5v${at}`),
    physical_channel_names: channels,
    index_infos: [index],
    partition_backups: [makePartition({ partition_id: 50n, partition_name: '_default', collection_id: 5n })],
  });
  return {
    ...base,
    schema: {
      ...base.schema,
      name: 'books',
      enable_dynamic_field: true,
      fields: [
        makeField({ name: 'id', fieldID: 100n, is_primary_key: true }),
        makeField({ name: 'vec', fieldID: 101n, data_type: 101, type_params: [{ key: 'dim', value: '4' }] }),
        makeField({ name: '$meta', fieldID: 102n, data_type: 23, is_dynamic: true }),
      ],
    },
    ...given,
  };
}

export function backupOf(
  collections: readonly CollectionMeta[],
  given: Partial<BackupMeta> = {},
): BackupMeta {
  return makeBackup({
    name: 'b',
    milvus_version: 'v2.6.11',
    collection_backups: collections,
    database_backups: [
      { db_name: 'default', db_id: 1n, properties: [], ezk: '' },
      { db_name: 'shop', db_id: 77n, properties: [{ key: 'k', value: 'v' }], ezk: 'sealed' },
    ],
    control_channel_name: `${channels[0]}_vcchan`,
    physical_channel_names: channels,
    flush_all_msgs_base64: Object.fromEntries(
      channels.map((channel, at) => [channel, flushMessage(channel, flushedAt + BigInt(at))]),
    ),
    ...given,
  });
}
