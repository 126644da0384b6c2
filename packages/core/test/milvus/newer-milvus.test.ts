import { describe, expect, it } from 'vitest';
import type { RbacMeta } from '../../src/meta/types.js';
import { connect, success } from './gateway-fixture.js';

const found = () => ({ status: success, value: true });
const at = { database: 'db2', collection: 'a' };

describe('what newer servers add', () => {
  it('flushes many collections in one call and gives each its channels', async () => {
    const { milvus, gateway } = await connect({
      Flush: () => ({
        status: success,
        coll_segIDs: { a: { data: ['470635130682481644'] }, b: { data: [] } },
        coll_flush_ts: { a: '470635149252362241', b: '470635149252362242' },
        coll_seal_times: { a: '1795330623', b: '1795330624' },
        channel_cps: {
          'by-dev-dml_0_1v0': { channel_name: 'by-dev-dml_0', msgID: Buffer.from([1]), timestamp: '11' },
          'by-dev-dml_1_1v1': { channel_name: 'by-dev-dml_1', timestamp: '470635149252362240' },
          'by-dev-dml_0_2v0': { channel_name: 'by-dev-dml_0', timestamp: '13' },
        },
      }),
      DescribeCollection: ({ collection_name }) => ({
        status: success,
        virtual_channel_names:
          collection_name === 'a' ? ['by-dev-dml_0_1v0', 'by-dev-dml_1_1v1'] : ['by-dev-dml_0_2v0'],
      }),
      GetFlushState: () => ({ status: success, flushed: true }),
    });
    const tickets = await gateway.flush('db2', ['a', 'b']);
    const a = tickets.get('a');
    expect(a).toEqual({
      segmentIds: [470635130682481644n],
      flushTimestamp: 470635149252362241n,
      sealTime: 1795330623n,
      channelCheckpoints: {
        // MsgPosition { channel_name, msgID, timestamp }, without zero values, as Go writes it
        'by-dev-dml_0_1v0': 'CgxieS1kZXYtZG1sXzASAQEgCw==',
        'by-dev-dml_1_1v1': expect.any(String),
      },
      checkpointTimestamp: 470635149252362240n,
    });
    expect(Object.keys(tickets.get('b')?.channelCheckpoints ?? {})).toEqual(['by-dev-dml_0_2v0']);
    expect(a && (await gateway.isFlushed(at, a))).toBe(true);
    expect(milvus.requests.at(-1)?.request).toEqual({
      segmentIDs: ['470635130682481644'],
      flush_ts: '470635149252362241',
      // The header tells it.
      db_name: '',
      collection_name: 'a',
    });
    expect(milvus.requests.at(-1)?.metadata.get('dbname')).toEqual(['db2']);
    expect(milvus.calls.filter((rpc) => rpc === 'Flush')).toHaveLength(1);
  });

  it('knows delete-only segments and storage versions', async () => {
    let asked = 0;
    const { gateway } = await connect({
      GetPersistentSegmentInfo: () =>
        asked++ === 0
          ? { status: { code: 600, error_code: 47, reason: 'segment not found[segment=7]' } }
          : {
              status: success,
              infos: [
                {
                  segmentID: '470635130682481644',
                  partitionID: '5',
                  num_rows: '10',
                  state: 4,
                  level: 2,
                  storage_version: '2',
                },
                { segmentID: '8', partitionID: '-1', num_rows: '3', state: 3, level: 1 },
              ],
            },
    });
    expect(await gateway.listSegments(at)).toEqual([
      {
        id: 470635130682481644n,
        partitionId: 5n,
        rows: 10,
        state: 'Flushed',
        isL0: false,
        storageVersion: 2n,
      },
      { id: 8n, partitionId: -1n, rows: 3, state: 'Sealed', isL0: true, storageVersion: 0n },
    ]);
  });

  it('describes databases', async () => {
    const { gateway } = await connect({
      DescribeDatabase: ({ db_name }) => ({
        status: success,
        db_name,
        dbID: '470635130682481644',
        properties: [{ key: 'database.max.collections', value: '9' }],
      }),
    });
    expect(await gateway.describeDatabase('db2')).toEqual({
      db_name: 'db2',
      db_id: 470635130682481644n,
      properties: [{ key: 'database.max.collections', value: '9' }],
      ezk: '',
    });
  });

  it('carries users, roles, grants and groups both ways', async () => {
    const rbac: RbacMeta = {
      users: [{ user: 'u', password: '$2a$10$hash', roles: [{ name: 'r' }] }],
      roles: [{ name: 'r' }],
      grants: [
        {
          role: { name: 'r' },
          object: { name: 'Collection' },
          object_name: '*',
          grantor: { user: { name: 'root' }, privilege: { name: 'Search' } },
          db_name: 'db2',
        },
      ],
      privilege_groups: [{ group_name: 'g', privileges: [{ name: 'Query' }] }],
    };
    let restored: unknown;
    const { gateway } = await connect({
      BackupRBAC: () => ({ status: success, RBAC_meta: rbac }),
      RestoreRBAC: ({ RBAC_meta }) => {
        restored = RBAC_meta;
        return success;
      },
    });
    expect(await gateway.backupRbac()).toEqual(rbac);
    await gateway.restoreRbac(rbac);
    expect(restored).toMatchObject(rbac);
  });

  it('sends import options of newer servers', async () => {
    const { milvus, gateway } = await connect({
      HasCollection: found,
      Import: () => ({ status: success, tasks: ['1'] }),
    });
    await gateway.startImport(at, { partition: '', files: ['d/'], isL0: true, storageVersion: 2n, ezk: '' });
    expect(milvus.requests.at(-1)?.request).toMatchObject({
      db_name: '',
      collection_name: 'a',
      partition_name: '',
      files: ['d/'],
      options: [
        { key: 'skip_disk_quota_check', value: 'true' },
        { key: 'l0_import', value: 'true' },
        { key: 'storage_version', value: '2' },
      ],
    });
  });
});
