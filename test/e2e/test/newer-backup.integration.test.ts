import { promisify } from '@zilliz/milvus2-sdk-node';
import { describe, expect, it } from 'vitest';
import { createMemoryDriver } from '../../../packages/core/src/driver/memory-driver.js';
import { readExtras } from '../../../packages/core/src/meta/extras.js';
import { spokenCalls } from './harness/calls.js';
import { backUp, gcPath as gc, methods, open, useNewerStore } from './harness/newer-stage.js';

useNewerStore();

const distinct = (list: readonly string[]): string[] => [...new Set(list)].sort();

/** What a backup of the structure asks on every version, as `spokenCalls` writes it. */
const books = '@default {"collection_name":"books"}';
const always = [
  'Connect {"sdk_type":"BackupToolCustomSDK"}',
  'ListDatabases',
  'ListDatabases',
  'ShowCollections @default',
  `DescribeCollection ${books}`,
  `DescribeCollection ${books}`,
  `DescribeIndex ${books}`,
  `GetLoadingProgress ${books}`,
  `ShowPartitions ${books}`,
  'GetPersistentSegmentInfo @default {"collectionName":"books"}',
];
const serial = [
  'Flush @default {"collection_names":["books"]}',
  'GetFlushState @default {"flush_ts":"TIME","collection_name":"books"}',
];
const bulk = ['FlushAll', 'GetFlushAllState {"flush_all_tss":"TIMES"}'];
const database = 'DescribeDatabase @default {"db_name":"default"}';
const position = 'ReplicateMessage {"channel_name":"by-dev-replicate-msg"}';
const describePath = '/v2/vectordb/segments/describe';
const wholeServer = [`${gc}/pause?pause_seconds=3600&collection_id=0`, `${gc}/resume`];

describe.each([
  { version: '2.2.16', grpc: serial, details: false, management: 'server' },
  { version: '2.3.5', grpc: serial, details: false, management: 'server' },
  { version: '2.4.2', grpc: serial, details: false, management: 'server' },
  { version: '2.4.23', grpc: [...serial, database], details: false, management: 'server' },
  {
    version: '2.5.7',
    grpc: [...serial, database, position],
    details: false,
    management: 'server',
  },
  {
    version: '2.5.20',
    grpc: [...serial, database, position],
    details: true,
    management: 'server',
  },
  { version: '2.6.7', grpc: [...serial, database], details: true, management: 'server' },
  { version: '2.6.10', grpc: [...serial, database], details: true, management: 'tickets' },
  {
    version: '2.6.11',
    grpc: [...bulk, database],
    details: true,
    management: 'tickets',
  },
  {
    version: '3.0.0',
    grpc: [...bulk, database],
    details: true,
    management: 'tickets',
  },
])('a backup of Milvus $version', ({ version, grpc, details, management }) => {
  it('makes the calls of that version and no others, and records what they tell', async () => {
    const started = await open(version);
    const { meta, calls } = await backUp(started);
    const [collection] = meta.collection_backups;
    if (!collection) throw new Error('the backup is empty');
    const segments = [
      ...collection.partition_backups.flatMap((one) => one.segment_backups),
      ...collection.l0_segments,
    ];
    const names = new Map([
      [String(collection.collection_id), 'C'],
      ...segments.map((one, index) => [String(one.segment_id), `S${index}`] as const),
    ]);
    const described = details
      ? segments.map(
          (_, index) => `${describePath} {"dbName":"default","collectionId":"C","segmentIds":["S${index}"]}`,
        )
      : [];
    const gcCalls =
      management === 'tickets'
        ? [`${gc}/pause?pause_seconds=3600&collection_id=C`, `${gc}/resume?ticket=T`]
        : wholeServer;
    expect(spokenCalls(calls, names)).toEqual([...always, ...grpc, ...described, ...gcCalls].sort());
    // All but the first tell the number that the first was given.
    const [, ...later] = calls.filter(({ kind }) => kind === 'grpc');
    expect(later.every(({ headers }) => /^\d+$/.test(headers.identifier ?? ''))).toBe(true);

    if (details) {
      for (const { v_channel } of segments) expect(collection.virtual_channel_names).toContain(v_channel);
    } else {
      expect(distinct(segments.map((one) => one.v_channel))).toEqual(['']);
    }

    expect(started.sim.garbage.pauses()).toEqual([]);

    const l0 = !/^2\.[23]\./.test(version);
    expect(collection.l0_segments.length > 0).toBe(l0);
    for (const one of collection.l0_segments) {
      expect(one).toMatchObject({ is_l0: true, partition_id: -1n, group_id: 0n, binlogs: [] });
      expect(one.deltalogs.flatMap((logs) => logs.binlogs).length).toBeGreaterThan(0);
    }
    const rows = collection.partition_backups.flatMap((one) => one.segment_backups);
    expect(rows.map((one) => one.num_of_rows).reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(distinct(rows.map((one) => String(one.storage_version)))).toEqual(
      version.startsWith('2.6') || version.startsWith('3') ? ['2'] : ['0'],
    );
    // Every object that the metadata names has arrived with its size.
    const stored = await started.bucket.list('backup/b/binlogs/');
    const sizes = segments.flatMap((one) =>
      [...one.binlogs, ...one.deltalogs].flatMap((field) => field.binlogs.map((log) => log.log_size)),
    );
    expect([...stored.values()].sort()).toEqual(sizes.sort());

    const isBulk = grpc.includes('FlushAll');
    expect(Object.keys(meta.flush_all_msgs_base64).length > 0).toBe(isBulk);
    if (isBulk) {
      expect(meta.control_channel_name).toMatch(/_vcchan$/);
      expect(meta.physical_channel_names.toSorted()).toEqual(Object.keys(meta.flush_all_msgs_base64).sort());
      const polls = calls.filter(({ method }) => method === 'GetFlushAllState');
      expect(Object.keys(polls[0]?.request.flush_all_tss as object).sort()).toEqual(
        meta.physical_channel_names.toSorted(),
      );
      expect(collection).toMatchObject({
        backup_timestamp: 0n,
        backup_physical_timestamp: 0n,
        channel_checkpoints: {},
      });
    } else {
      expect(collection.backup_physical_timestamp).toBeGreaterThan(0n);
      expect(Object.keys(collection.channel_checkpoints).sort()).toEqual(
        l0 ? collection.virtual_channel_names.toSorted() : [],
      );
      expect(collection.backup_timestamp > 0n).toBe(l0);
    }
    expect(meta.rpc_channel_info).toEqual(
      grpc.includes(position)
        ? { name: 'by-dev-replicate-msg', position: expect.stringMatching(/.+/) }
        : null,
    );
  });
});

describe('what newer versions can refuse', () => {
  it('a server that does not describe segments is listed, and told once', async () => {
    const started = await open('2.5.20');
    started.sim.faults.deny(describePath);
    const { meta, calls, warnings } = await backUp(started);
    expect(warnings).toContainEqual(expect.stringContaining('does not name the logs of a segment'));
    expect(methods(calls, 'rest').length).toBeGreaterThan(0);
    const [collection] = meta.collection_backups;
    expect(collection?.l0_segments.length).toBeGreaterThan(0);
    expect(collection?.partition_backups[0]?.segment_backups[0]?.v_channel).toBe('');
  });

  it('orphans in the folder of a segment are not copied when the server names its logs', async () => {
    const started = await open('2.5.20');
    const [key = ''] = [...(await started.bucket.list('files/insert_log/')).keys()];
    await started.bucket.put(key.replace(/\d+$/, '7'), Buffer.from('half a file'));
    await started.bucket.put(key.replace(/\d+$/, 'note.txt'), Buffer.from('foreign'));
    const { meta } = await backUp(started);
    const stored = [...(await started.bucket.list('backup/b/binlogs/')).keys()];
    expect(stored.filter((one) => /\/(7|note\.txt)$/.test(one))).toEqual([]);
    expect(meta.collection_backups).toHaveLength(1);
  });

  it('no position of replication is no failure', async () => {
    const started = await open('2.5.20');
    started.sim.faults.fail('ReplicateMessage', 1);
    const { meta, warnings } = await backUp(started);
    expect(meta.rpc_channel_info).toBeNull();
    expect(warnings).toContain('the replication position is not in the backup');
  });

  it('bulk_flush is refused where the server has it not, before anything is flushed', async () => {
    const started = await open('2.6.10');
    await expect(backUp(started, { strategy: 'bulk_flush' })).rejects.toThrow(
      'bulk_flush needs Milvus 2.6.11',
    );
    expect(methods(started.sim.calls, 'grpc')).not.toContain('FlushAll');
  });

  it('serial_flush on a server with bulk flush records checkpoints', async () => {
    const started = await open('2.6.11');
    const { meta, calls } = await backUp(started, { strategy: 'serial_flush' });
    expect(methods(calls, 'grpc')).toContain('Flush');
    expect(methods(calls, 'grpc')).not.toContain('FlushAll');
    const [collection] = meta.collection_backups;
    expect(Object.keys(collection?.channel_checkpoints ?? {})).toHaveLength(2);
    expect(meta.flush_all_msgs_base64).toEqual({});
  });
});

describe('databases and schemas', () => {
  it('takes the keys of an encrypted database, and fails without them', async () => {
    const started = await open('2.6.11');
    const cipher = [
      { key: 'cipher.ezID', value: '7' },
      { key: 'cipher.key', value: 'k' },
    ];
    started.sim.setDatabaseProperties('default', cipher);
    const { meta, calls } = await backUp(started);
    expect(meta.database_backups).toEqual([
      { db_name: 'default', db_id: expect.any(BigInt), properties: cipher, ezk: 'sim-ezk-7' },
    ]);
    expect(methods(calls, 'management')[0]).toBe('/management/rootcoord/ez/backup?db_name=default');

    const older = await open('2.4.23');
    older.sim.setDatabaseProperties('default', cipher);
    await expect(backUp(older)).rejects.toThrow('does not give the keys of encrypted databases');
  });

  it('keeps users, roles, grants and privilege groups', async () => {
    const started = await open('2.5.20');
    const { client } = started;
    await client.createUser({ username: 'reader', password: 'secret12' });
    await client.createRole({ roleName: 'readers' });
    await client.addUserToRole({ username: 'reader', roleName: 'readers' });
    await client.createPrivilegeGroup({ group_name: 'looking' });
    await client.addPrivilegesToGroup({ group_name: 'looking', privileges: ['Query'] });
    const { meta, calls } = await backUp(started, { rbac: true });
    expect(methods(calls, 'grpc').filter((one) => one === 'BackupRBAC')).toHaveLength(1);
    expect(meta.rbac_meta?.users).toContainEqual(
      expect.objectContaining({ user: 'reader', roles: [{ name: 'readers' }] }),
    );
    expect(meta.rbac_meta?.privilege_groups).toContainEqual({
      group_name: 'looking',
      privileges: [{ name: 'Query' }],
    });
  });

  it('leaves external collections out with a word, and keeps clustering keys in a file of ours', async () => {
    const started = await open('3.0.0');
    const { client, bucket } = started;
    const { loadWire } = await import('../../../packages/core/src/milvus/wire.js');
    const wire = loadWire();
    const key = { name: 'id', data_type: 5, is_primary_key: true };
    const fields = [key, { name: 'v', data_type: 101, type_params: [{ key: 'dim', value: '4' }] }];
    const create = async (name: string, schema: object): Promise<void> => {
      const bytes = wire.encode('milvus.proto.schema.CollectionSchema', { name, ...schema });
      await promisify(
        client.channelPool,
        'CreateCollection',
        { collection_name: name, schema: bytes },
        60_000,
      );
    };
    await create('outside', { fields, external_source: 's3://lake/table', external_spec: '{}' });
    await create('clustered', {
      fields: [...fields, { name: 'day', data_type: 5, is_clustering_key: true, nullable: true }],
      enable_dynamic_field: true,
    });
    const { meta, warnings } = await backUp(started);
    expect(meta.collection_backups.map((one) => one.collection_name).sort()).toEqual(['books', 'clustered']);
    expect(warnings).toContainEqual(expect.stringContaining('an external collection'));

    const driver = createMemoryDriver();
    const file = 'backup/b/meta/ts/extras.json';
    await driver.put(file, await bucket.get(file));
    const { schemas } = await readExtras(driver, 'backup', 'b');
    const whole = schemas?.get('default.clustered')?.schema ?? '';
    expect(wire.decode('milvus.proto.schema.CollectionSchema', Buffer.from(whole, 'base64'))).toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ name: 'day', is_clustering_key: true })]),
    });
  });
});
