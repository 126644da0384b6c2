import { describe, expect, it } from 'vitest';
import { noExtras } from '../../../src/meta/extras.js';
import type { BackupMeta } from '../../../src/meta/types.js';
import { decodeLogMessage } from '../../../src/milvus/replicate-wire.js';
import { type Broadcast, messagesOf } from '../../../src/restore/secondary/broadcast.js';
import { checkBackup } from '../../../src/restore/secondary/check-backup.js';
import { readFlushPoints } from '../../../src/restore/secondary/flush-points.js';
import type { UnitFacts } from '../../../src/restore/secondary/import-messages.js';
import { planSecondary, type SecondaryInput } from '../../../src/restore/secondary/plan-secondary.js';
import { backupOf, books, flushedAt, flushMessage, wire } from './backup.js';

const unit: UnitFacts = {
  partition: '_default',
  folders: [['backup/b/binlogs/insert_log/5/50/9/', 'backup/b/binlogs/delta_log/5/50/9/']],
  isL0: false,
  storageVersion: 2n,
  channel: 'east-rootcoord-dml_1_5v1',
  bytes: 10,
  rows: 3,
};
const l0: UnitFacts = {
  ...unit,
  partition: '',
  folders: [['backup/b/binlogs/delta_log/5/-1/8/']],
  isL0: true,
  storageVersion: 0n,
  channel: 'east-rootcoord-dml_0_5v0',
  rows: 0,
};

function inputOf(meta: BackupMeta, more: Partial<SecondaryInput> = {}): SecondaryInput {
  return {
    meta,
    extras: noExtras,
    codec: wire,
    databases: new Set(['default']),
    imports: meta.collection_backups.map((collection) => ({ collection, data: [unit], l0: [l0] })),
    flushes: readFlushPoints(meta, wire),
    pathOf: (key) => `/milvus/${key}`,
    mostJobs: 1024,
    base: 1_795_331_274_000,
    ...more,
  };
}

const plan = planSecondary(inputOf(backupOf([books()])));
const all: Broadcast[] = [
  ...plan.structure.flat(),
  ...plan.waves.flatMap(({ batches, loads }) => [
    ...batches.flatMap(({ steps, commits }) => [...steps.map((step) => step.start), ...commits]),
    ...loads,
  ]),
];

function only(kind: Broadcast['kind']): Broadcast {
  const [one, ...others] = all.filter((broadcast) => broadcast.kind === kind);
  if (one === undefined || others.length > 0) throw new Error(`not one ${kind}`);
  return one;
}

const header = (kind: Broadcast['kind']): object => decodeLogMessage(`${kind}Header`, only(kind).header);

describe('the plan', () => {
  it('has every message in the order of its sending', () => {
    expect(all.map(({ kind }) => kind)).toEqual([
      'CreateDatabase',
      'CreateCollection',
      'CreateIndex',
      'Import',
      'CommitImport',
      'Import',
      'CommitImport',
      'AlterLoadConfig',
    ]);
    const ticks = all.flatMap(({ copies }) => copies.map(({ tick }) => tick));
    expect(ticks).toEqual(ticks.map((_, at) => BigInt(at + 1)));
    expect(plan.lastTick).toBe(BigInt(ticks.length));
    expect(plan.flushes.map(({ tick }) => tick)).toEqual([flushedAt, flushedAt + 1n]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('is the same for the same input, and has other ids at another time', () => {
    const meta = backupOf([books()]);
    expect(planSecondary(inputOf(meta))).toEqual(plan);
    const later = planSecondary(inputOf(meta, { base: 1_795_331_275_000 }));
    expect(later.structure[0]?.[0]?.id).toBeGreaterThan(all.at(-1)?.id ?? 0n);
  });

  it('makes no database that is there, and restores users and roles when the backup has some', () => {
    const rbac_meta = {
      users: [{ user: 'u', password: 'p', roles: [{ name: 'r' }] }],
      roles: [{ name: 'r' }],
      grants: [],
      privilege_groups: [],
    };
    const meta = backupOf([books()], { rbac_meta });
    const { structure, rbac } = planSecondary(inputOf(meta, { databases: new Set(['default', 'shop']) }));
    expect(structure[0]).toEqual([]);
    const body = decodeLogMessage('RestoreRBACBody', rbac?.body ?? Buffer.alloc(0)) as { rbac_meta: Buffer };
    expect(wire.decode('milvus.proto.milvus.RBACMeta', body.rbac_meta)).toMatchObject({
      users: [{ user: 'u', password: 'p', roles: [{ name: 'r' }] }],
    });
    expect(plan.rbac).toBeNull();
  });

  it('asks for no more imports at once than the server takes', () => {
    const meta = backupOf([books()]);
    const [collection] = meta.collection_backups;
    if (collection === undefined) throw new Error('no collection');
    const many = Array.from({ length: 5 }, () => unit);
    const { waves } = planSecondary(
      inputOf(meta, { imports: [{ collection, data: many, l0: [l0] }], mostJobs: 2 }),
    );
    expect(waves[0]?.batches.map(({ steps }) => steps.length)).toEqual([2, 2, 1, 1]);
  });

  it('loads nothing that was not loaded', () => {
    const { waves } = planSecondary(inputOf(backupOf([books({ load_state: 'NotLoad' })])));
    expect(waves[0]?.loads).toEqual([]);
  });
});

describe('a message', () => {
  const flushes = readFlushPoints(backupOf([books()]), wire);

  it('says what the log of the primary would say of it', () => {
    const messages = messagesOf(only('CreateCollection'), flushes);
    expect(messages.map(({ physical, tick }) => [physical, tick])).toEqual([
      ['east-rootcoord-dml_0', 2n],
      ['east-rootcoord-dml_0', 3n],
      ['east-rootcoord-dml_1', 4n],
    ]);
    const [first] = messages;
    expect(first?.message.id).toMatchObject({ id: 'AQID', WAL_name: 2 });
    const { _bh = '', _h, ...rest } = first?.message.properties ?? {};
    expect(rest).toEqual({ _v: '1', _t: '5', _vc: 'east-rootcoord-dml_0_vcchan', _tt: '2', _lcs: '' });
    expect(_h).toBe(Buffer.from(only('CreateCollection').header).toString('base64'));
    expect(decodeLogMessage('BroadcastHeader', Buffer.from(_bh, 'base64'))).toEqual({
      broadcast_id: String(only('CreateCollection').id),
      vchannels: ['east-rootcoord-dml_0_vcchan', 'east-rootcoord-dml_0_5v0', 'east-rootcoord-dml_1_5v1'],
      Resource_keys: [
        { domain: 3, key: 'shop', shared: true },
        { domain: 2, key: 'shop:books', shared: false },
        { domain: 127, key: '', shared: true },
      ],
    });
  });

  it('brings a collection with the ids and channels of the source, and the fields that Milvus adds', () => {
    expect(header('CreateCollection')).toEqual({ collection_id: '5', partition_ids: ['50'], db_id: '77' });
    const body = wire.decode('milvus.proto.msg.CreateCollectionRequest', only('CreateCollection').body);
    expect(body).toMatchObject({
      db_name: 'shop',
      collectionName: 'books',
      dbID: '77',
      collectionID: '5',
      virtualChannelNames: ['east-rootcoord-dml_0_5v0', 'east-rootcoord-dml_1_5v1'],
      physicalChannelNames: ['east-rootcoord-dml_0', 'east-rootcoord-dml_1'],
      partitionIDs: ['50'],
      partitionNames: ['_default'],
      collection_schema: {
        name: 'books',
        enable_dynamic_field: true,
        fields: [
          { fieldID: '100', name: 'id' },
          { fieldID: '101', name: 'vec' },
          { fieldID: '102', name: '$meta', is_dynamic: true },
          { fieldID: '0', name: 'RowID', data_type: 5 },
          { fieldID: '1', name: 'Timestamp', data_type: 5 },
        ],
        properties: [
          { key: 'collection.ttl.seconds', value: '60' },
          { key: 'consistency_level', value: '1' },
        ],
      },
    });
  });

  it('imports with the options of a secondary, up to the flush of the channel', () => {
    const [data, deletes] = plan.waves.flatMap(({ batches }) => batches.flatMap(({ steps }) => steps));
    const bodyOf = (bytes: Uint8Array = Buffer.alloc(0)): object =>
      wire.decode('milvus.proto.msg.ImportMsg', bytes);
    expect(bodyOf(data?.start.body)).toMatchObject({
      db_name: 'shop',
      collection_name: 'books',
      collectionID: '5',
      partitionIDs: ['50'],
      jobID: String(data?.jobId),
      options: {
        skip_disk_quota_check: 'true',
        backup: 'true',
        end_ts: String(flushedAt + 1n),
        storage_version: '2',
        ezk: 'sealed',
        auto_commit: 'false',
      },
      files: [
        {
          paths: [
            '/milvus/backup/b/binlogs/insert_log/5/50/9/',
            '/milvus/backup/b/binlogs/delta_log/5/50/9/',
          ],
        },
      ],
      schema: { fields: [{ name: 'id' }, { name: 'vec' }, { name: '$meta' }] },
    });
    expect(bodyOf(deletes?.start.body)).toMatchObject({
      partitionIDs: ['-1'],
      options: { l0_import: 'true', end_ts: String(flushedAt), storage_version: '0' },
      files: [{ paths: ['/milvus/backup/b/binlogs/delta_log/5/-1/8/'] }],
    });
    expect(data?.start.copies.map(({ channel }) => channel)).toEqual([
      'east-rootcoord-dml_0_5v0',
      'east-rootcoord-dml_1_5v1',
    ]);
    const [commit] = plan.waves[0]?.batches[0]?.commits ?? [];
    expect(decodeLogMessage('CommitImportHeader', commit?.header ?? Buffer.alloc(0))).toEqual({
      collection_id: '5',
      job_id: String(data?.jobId),
    });
  });

  it('brings databases, indexes and what is loaded', () => {
    expect(header('CreateDatabase')).toEqual({ db_name: 'shop', db_id: '77' });
    expect(header('CreateIndex')).toEqual({
      db_id: '77',
      collection_id: '5',
      field_id: '101',
      index_id: '900',
      index_name: 'v',
    });
    expect(decodeLogMessage('CreateIndexBody', only('CreateIndex').body)).toMatchObject({
      field_index: { index_info: { indexID: '900', max_index_version: 8 }, create_time: '7' },
    });
    expect(header('AlterLoadConfig')).toMatchObject({
      db_id: '77',
      collection_id: '5',
      partition_ids: ['50'],
      load_fields: [
        { field_id: '100', index_id: '0' },
        { field_id: '101', index_id: '900' },
        { field_id: '102', index_id: '0' },
      ],
      replicas: [{ resource_group_name: '__default_resource_group' }],
      use_local_replica_config: true,
    });
  });
});

describe('a backup that no secondary can be made of', () => {
  const [plainIndex] = books().index_infos;
  const { field_id: _id, ...fromMilvusAlone } = plainIndex ?? { field_id: 0n };
  it.each<[string, Partial<BackupMeta>, string]>([
    ['the snapshot format', { format: 'snapshot' }, 'FORMAT_UNSUPPORTED'],
    ['no flush messages', { flush_all_msgs_base64: {} }, 'SOURCE_INCOMPLETE'],
    ['no control channel', { control_channel_name: '' }, 'SOURCE_INCOMPLETE'],
    ['no channels', { physical_channel_names: [] }, 'SOURCE_INCOMPLETE'],
    ['a channel without flush', { physical_channel_names: ['east-rootcoord-dml_9'] }, 'SOURCE_INCOMPLETE'],
    [
      'an index without its ids',
      { collection_backups: [books({ index_infos: [fromMilvusAlone as never] })] },
      'SOURCE_INCOMPLETE',
    ],
    [
      'no dynamic field',
      {
        collection_backups: [
          books({ schema: { ...books().schema, fields: books().schema.fields.slice(0, 2) } }),
        ],
      },
      'SOURCE_INCOMPLETE',
    ],
    ['no id of a collection', { collection_backups: [books({ collection_id: 0n })] }, 'SOURCE_INCOMPLETE'],
    [
      'no channels of a collection',
      { collection_backups: [books({ virtual_channel_names: [] })] },
      'SOURCE_INCOMPLETE',
    ],
    ['no partitions', { collection_backups: [books({ partition_backups: [] })] }, 'SOURCE_INCOMPLETE'],
  ])('has %s', (_what, given, code) => {
    expect(() => checkBackup(backupOf([books()], given))).toThrow(expect.objectContaining({ code }));
  });

  it('is no other', () => {
    expect(() => checkBackup(backupOf([books()]))).not.toThrow();
  });

  it('has a flush message that is none, or a segment of an unknown channel', () => {
    const [channel = ''] = backupOf([]).physical_channel_names;
    for (const text of ['AAAA', flushMessage(channel, 0n)]) {
      const meta = backupOf([], { flush_all_msgs_base64: { [channel]: text } });
      expect(() => readFlushPoints(meta, wire)).toThrow(/no readable flush message/);
    }
    const meta = backupOf([books()]);
    const imports = meta.collection_backups.map((collection) => ({
      collection,
      data: [{ ...unit, channel: '' }],
      l0: [],
    }));
    expect(() => planSecondary(inputOf(meta, { imports }))).toThrow(/whose channel it does not tell/);
  });
});
