import { readdir, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type BackupService, createBackupService, loadConfig, silentLogger } from '@milvus-backup/core';
import { createMemoryDriver, type StorageDriver } from '@milvus-backup/core/driver';
import { extract } from 'tar-stream';
import { beforeEach, expect, test } from 'vitest';
import { type App, createApp } from '../src/index.js';

/** Metadata as the Go tool 0.5.16 wrote it. */
const golden = new URL('../../core/test/fixtures/golden/go-0.5.16-milvus-2.3.5/', import.meta.url);
const names = ['b1', 'e1'];
let driver: StorageDriver;
let app: App;

beforeEach(async () => {
  driver = createMemoryDriver();
  for (const name of names) {
    const meta = new URL(`${name}/meta/`, golden);
    for (const file of await readdir(meta)) {
      await driver.put(`backup/${name}/meta/${file}`, await readFile(new URL(file, meta)));
    }
    await driver.put(`backup/${name}/binlogs/insert_log/1/2/3/3/0/4`, Buffer.from(`rows of ${name}`));
  }
  app = createApp({ service: await makeService(), logger: silentLogger, version: '1' });
});

/** The real service over a store in memory; there is no Milvus, and none of these calls may ask for one. */
async function makeService(): Promise<BackupService> {
  const refuse = (): never => {
    throw new Error('no Milvus here');
  };
  return createBackupService({
    config: await loadConfig({ path: '', env: {}, cwd: '/', set: [] }),
    logger: silentLogger,
    identity: {
      owner: { host: 'here', pid: 1, instance: 'i' },
      isAlive: () => true,
      now: () => 1_795_331_274_000,
    },
    openDriver: async () => driver,
    openMilvus: refuse,
    openManagement: refuse,
    makeId: () => 'id',
    nanoseconds: () => 1,
  });
}

const send = async (path: string, method = 'GET'): Promise<string> =>
  (await app.request(path, { method, headers: { request_id: 'r' } })).text();

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of driver.list('')) if (entry.type === 'object') found.push(entry.key);
  return found;
}

test('list shows the backups of the Go tool as the Go tool does', async () => {
  expect(await send('/api/v1/list')).toBe(
    '{"requestId":"r","data":[' +
      '{"id":"ef1d9247-df2d-45c1-bf99-2c496dae0b09","name":"b1","size":11236536,"milvus_version":"v2.3.5-lite"},' +
      '{"id":"f24fd23d-21ea-4d53-86d1-66ee30d16c04","name":"e1","size":40645,"milvus_version":"v2.3.5-lite"}]}',
  );
});

test('get_backup finds by name, by id and by both, ids exact to the last digit', async () => {
  const id = 'f24fd23d-21ea-4d53-86d1-66ee30d16c04';
  const shown = await send('/api/v1/get_backup?backup_name=e1');
  expect(shown).toContain(
    `"data":{"id":"${id}","state_code":2,"progress":100,"name":"e1","collection_backups":[{"id":"${id}"`,
  );
  expect(await send(`/api/v1/get_backup?backup_id=${id}`)).toBe(shown);
  expect(await send(`/api/v1/get_backup?backup_id=${id}&backup_name=e1`)).toBe(shown);
  const written = await readFile(new URL('e1/meta/collection_meta.json', golden), 'utf8');
  const ids = [...written.matchAll(/"collection_id":(\d{16,})/g)].map(([field]) => field);
  expect(ids.length).toBeGreaterThan(0);
  for (const field of ids) expect(shown).toContain(field);
  expect(shown).not.toContain('partition_backups');
});

test('an unknown backup is not found', async () => {
  expect(JSON.parse(await send('/api/v1/get_backup?backup_name=nosuch'))).toMatchObject({
    code: 404,
    data: null,
  });
  expect(JSON.parse(await send('/api/v1/get_backup?backup_id=nosuch'))).toMatchObject({
    code: 404,
    data: null,
  });
});

test('download is a tar of the whole backup and of nothing else', async () => {
  const reply = await app.request('/api/v1/get_backup?backup_name=e1&download=true');
  expect(reply.headers.get('content-type')).toBe('application/x-tar');
  const unpack = extract();
  unpack.end(Buffer.from(await reply.arrayBuffer()));
  const files = new Map<string, string>();
  for await (const entry of unpack) {
    files.set(entry.header.name, await text(entry));
  }
  expect([...files.keys()].sort()).toEqual([
    'e1/binlogs/insert_log/1/2/3/3/0/4',
    'e1/meta/backup_meta.json',
    'e1/meta/collection_meta.json',
    'e1/meta/full_meta.json',
    'e1/meta/partition_meta.json',
    'e1/meta/segment_meta.json',
  ]);
  expect(files.get('e1/binlogs/insert_log/1/2/3/3/0/4')).toBe('rows of e1');
});

test('delete removes one backup and leaves the others', async () => {
  expect(await send('/api/v1/delete?backup_name=e1', 'DELETE')).toBe('{"requestId":"r","msg":"success"}');
  const left = await keys();
  expect(left.filter((key) => key.startsWith('backup/e1/'))).toEqual([]);
  expect(left.filter((key) => key.startsWith('backup/b1/'))).toHaveLength(6);
  expect(JSON.parse(await send('/api/v1/delete?backup_name=e1', 'DELETE'))).toMatchObject({ code: 3 });
});

test('names that climb out of the backup root reach nothing', async () => {
  const before = await keys();
  for (const name of ['..', '.', 'e1/..', 'e1/meta', '%2e%2e', 'e1%2f..']) {
    expect(JSON.parse(await send(`/api/v1/delete?backup_name=${name}`, 'DELETE'))).toMatchObject({
      code: 400,
    });
    expect(JSON.parse(await send(`/api/v1/get_backup?backup_name=${name}`))).toMatchObject({ code: 400 });
    expect((await app.request(`/api/v1/get_backup?backup_name=${name}&download=true`)).status).toBe(400);
  }
  expect(await keys()).toEqual(before);
});

test('a restore that nobody knows is not found', async () => {
  expect(JSON.parse(await send('/api/v1/get_restore?id=nosuch'))).toMatchObject({
    code: 3,
    msg: 'task not found',
  });
});
