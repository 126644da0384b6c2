/**
 * Backups handed over between the Go tool and this one, in both directions, on the command line and over REST, every
 * row compared. Run where the Go tool's binary is at hand: `MILVUS_BACKUP_PEER=/path/to/milvus-backup npm run test:peer`.
 */
import { type BackupService, parseFilter, silentLogger } from '@milvus-backup/core';
import { createApp, type RunningServer, serve } from '@milvus-backup/server';
import {
  compareCollections,
  connectMilvus,
  createAllFixtures,
  type Fixture,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../test/harness/describe-target.js';
import { parseMeta } from '../test/harness/meta-json.js';
import { openOver } from '../test/harness/open.js';
import { type GoServer, type GoTool, jsonAtEnd, openGoTool, peerBinary } from './go-tool.js';

interface Answer {
  readonly code?: bigint;
  readonly msg?: string;
  readonly data?: unknown;
}

const binary = peerBinary();
let stack: Stack;
let dir: TempDir;
let client: Client;
let fixtures: Fixture[];
let filter: string;

beforeAll(async () => {
  dir = await tempDir();
  stack = await startStack();
  client = await connectMilvus(stack.milvus);
  fixtures = await createAllFixtures(client, { rows: 1_000, seed: 11 });
  filter = fixtures.map(({ db, collection }) => `${db}.${collection}`).join(',');
});

afterAll(async () => {
  await client?.closeConnection();
  await stack?.stop();
  await dir?.remove();
});

describe.each([
  ['in the bucket of Milvus', 'a-bucket'],
  ['in another bucket', 'backup-bucket'],
] as const)('backups %s', (_where, bucket) => {
  const mark = bucket === 'a-bucket' ? 'here' : 'there';
  const ourName = `ours_${mark}`;
  const theirName = `theirs_${mark}`;
  let service: BackupService;
  let go: GoTool;
  let goServer: GoServer;
  let server: RunningServer;
  let api: string;

  beforeAll(async () => {
    const place = { bucket, root: 'backup' };
    service = await openOver(stack, dir.path, place);
    const minio = { backupBucketName: place.bucket, backupRootPath: place.root };
    go = openGoTool(binary, await writeBackupYaml(`${dir.path}/go-${mark}`, stack, { minio }), dir.path);
    const app = createApp({ service, logger: silentLogger, version: '0.0.0-test' });
    server = await serve(app, { port: 0, hostname: '127.0.0.1' });
    api = `http://127.0.0.1:${server.port}/api/v1`;
    goServer = await go.serve();
    await service.create({ name: ourName, filter: parseFilter(filter) });
    await go.run('create', '-n', theirName, '--filter', filter);
  });

  afterAll(async () => {
    await goServer?.stop();
    await server?.close();
    await service?.close();
  });

  it('are listed by both', async () => {
    const lines = (await go.run('list')).split('\n');
    expect(lines).toEqual(expect.arrayContaining([ourName, theirName]));
    expect((await service.list()).map((entry) => entry.name).sort()).toEqual([ourName, theirName]);
    for (const base of [api, goServer.api]) {
      const { data } = await call(base, 'GET', '/list');
      expect(data).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: ourName }),
          expect.objectContaining({ name: theirName }),
        ]),
      );
    }
  });

  it('are shown by both in the same words', async () => {
    const shown = parseMeta(Buffer.from(jsonAtEnd(await go.run('get', '-n', ourName))));
    expect(shown).toMatchObject({ name: ourName, collection_backups: expect.any(Array) });
    for (const name of [ourName, theirName]) {
      const path = `/get_backup?backup_name=${name}`;
      const theirs = await call(goServer.api, 'GET', path);
      const own = await call(api, 'GET', path);
      expect(own.code, own.msg).toBe(theirs.code);
      // Of a backup of another process the Go server shows nothing, as its own quirk; ours shows it.
      expect(own.data).toMatchObject({ name });
    }
  });

  it('of ours are restored by the Go tool with every row', async () => {
    await go.run('restore', '-n', ourName, '-s', `_go_${mark}`, '--rebuild_index');
    await expectRows(`_go_${mark}`);
  });

  it('of ours are restored by its server with every row', async () => {
    await expectRestoredBy(goServer.api, ourName, `_gorest_${mark}`);
  });

  it('of the Go tool are restored by us with every row', async () => {
    const view = await service.restore({ name: theirName, suffix: `_ts_${mark}`, rebuildIndex: true });
    expect(view.state).toBe('success');
    await expectRows(`_ts_${mark}`);
  });

  it('of the Go tool are restored by our server with every row', async () => {
    await expectRestoredBy(api, theirName, `_tsrest_${mark}`);
  });

  it('are deleted by the other one, whole', async () => {
    await go.run('delete', '-n', ourName);
    await service.delete(theirName);
    expect(await service.list()).toEqual([]);
  });

  async function expectRestoredBy(base: string, name: string, suffix: string): Promise<void> {
    const { code, msg } = await call(base, 'POST', '/restore', {
      backup_name: name,
      collection_suffix: suffix,
      restoreIndex: true,
    });
    expect(code, msg).toBeUndefined();
    await expectRows(suffix);
  }
});

async function call(base: string, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return parseMeta<Answer>(new Uint8Array(await answer.arrayBuffer()));
}

/** Restored collections are dropped again: Milvus has a limit on how many it serves at once. */
async function expectRows(suffix: string): Promise<void> {
  for (const { db, collection } of fixtures) {
    const target = { db, collection: `${collection}${suffix}` };
    const result = await compareCollections(client, { db, collection }, client, target);
    expect(result, `${db}.${target.collection}`).toMatchObject({ equal: true });
    await client.dropCollection({ db_name: db, collection_name: target.collection });
  }
}
