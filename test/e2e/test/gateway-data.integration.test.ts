import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import {
  count,
  create,
  filesUnder,
  finish,
  flush,
  gateway,
  insert,
  param,
  plain,
  remove,
  rowsOf,
  sdk,
  server,
  simple,
  useMilvus,
} from './harness/gateway.js';

useMilvus();

describe('flush', () => {
  it('flushes many collections in one call', async () => {
    const all = await Promise.all(['f1', 'f2', 'f3'].map((name) => create(name)));
    await Promise.all(all.map((at, i) => insert(at, count(0, 10 * (i + 1)), 1)));
    await flush(...all);
    const segments = await Promise.all(all.map((at) => gateway.listSegments(at)));
    expect(segments.map((list) => list.map(({ rows, state, isL0 }) => ({ rows, state, isL0 })))).toEqual(
      [10, 20, 30].map((rows) => [{ rows, state: 'Flushed', isL0: false }]),
    );
  });

  it('has deletes in the store when it is done, also those of sealed segments', async () => {
    const at = await create('with_deletes');
    await insert(at, count(0, 100), 1);
    await flush(at);
    await remove(at, count(0, 5));
    await flush(at);
    const { collectionId } = await gateway.describeCollection(at);
    expect(await filesUnder('delta_log', String(collectionId))).toHaveLength(1);
    expect(await gateway.rowCount(at)).toBe(100);
  });
});

describe('import', () => {
  const source = { database: 'default', collection: 'source' };
  let insertFolder: string;
  let deltaFolder: string;
  let sourceRows: readonly string[];

  beforeAll(async () => {
    await create('source');
    await insert(source, count(0, 100), 1);
    await flush(source);
    await remove(source, count(0, 10));
    await flush(source);
    // Rows that come back after their delete, and rows that were replaced, in a segment of their own.
    await insert(source, count(0, 5), 2);
    const upsert = await sdk.upsert({
      collection_name: 'source',
      data: count(20, 25).map((id) => ({ id, version: 2, vec: [id, 0, 0, 0] })),
    });
    expect(upsert.status.code).toBe(0);
    await flush(source);
    const { collectionId } = await gateway.describeCollection(source);
    const [partition] = await gateway.listPartitions(source);
    if (server.storage.kind !== 'local') throw new Error('this test imports from a folder');
    insertFolder = join(server.storage.path, 'insert_log', `${collectionId}`, `${partition?.id}/`);
    deltaFolder = join(server.storage.path, 'delta_log', `${collectionId}`, `${partition?.id}/`);
    sourceRows = await rowsOf(source);
    expect(sourceRows).toHaveLength(95);
  });

  const binlogs = (files: readonly string[]) => ({
    partition: '_default',
    files,
    isL0: false,
    storageVersion: 0n,
    ezk: '',
  });

  it('takes a whole partition of many segments in one call, deletes and returned rows included', async () => {
    expect(await gateway.listSegments(source)).toHaveLength(2);
    const at = await create('tree');
    const job = await gateway.startImport(at, binlogs([insertFolder, deltaFolder]));
    expect(await finish(at, job)).toEqual({ status: 'completed', percent: 100, rows: 95, reason: '' });
    // Deletes given with the import are not counted as rows that are there.
    expect(await gateway.rowCount(at)).toBe(95);
    expect(await rowsOf(at)).toEqual(sourceRows);
  });

  it('takes segments one by one', async () => {
    const at = await create('one_by_one');
    const deltas = await readdir(deltaFolder);
    let rows = 0;
    for (const { id } of await gateway.listSegments(source)) {
      const delta = deltas.includes(`${id}`) ? join(deltaFolder, `${id}/`) : '';
      const job = await gateway.startImport(at, binlogs([join(insertFolder, `${id}/`), delta]));
      rows += (await finish(at, job)).rows ?? 0;
    }
    expect(rows).toBe(95);
    expect(await rowsOf(at)).toEqual(sourceRows);
  });

  it('completes without rows where nothing lies', async () => {
    const at = await create('empty_import');
    const job = await gateway.startImport(at, binlogs([join(insertFolder, 'nothing/'), '']));
    expect(await finish(at, job)).toMatchObject({ status: 'completed', rows: 0 });
  });

  it('says why a schema does not fit', async () => {
    const at = await create('other_shape', {
      ...simple,
      fields: [
        ...simple.fields.slice(0, 2),
        { ...plain, fieldID: 102n, name: 'vec', data_type: 101, type_params: [param('dim', '8')] },
      ],
    });
    const job = await gateway.startImport(at, binlogs([insertFolder, deltaFolder]));
    const state = await finish(at, job);
    expect(state.status).toBe('failed');
    expect(state.reason).not.toBe('Milvus gave no reason');
  });

  it('counts an unknown job as failed', async () => {
    expect(await gateway.importState(source, '123456789')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('123456789'),
    });
  });

  it('refuses a partition and a collection that are not there', async () => {
    const input = { ...binlogs([insertFolder, '']), partition: 'nowhere' };
    await expect(gateway.startImport(source, input)).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
    const missing = { database: 'default', collection: 'nothing' };
    await expect(gateway.startImport(missing, binlogs([insertFolder, '']))).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    });
  });
});

/** The server may give a field's parameters in another order. */
