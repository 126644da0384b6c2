import type { BackupService } from '@milvus-backup/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, type startCommand } from './harness/binary.js';
import { stagedKeys } from './harness/buckets.js';
import type { StoreRequest } from './harness/gated-proxy.js';
import { type GatedStack, isBackupCopy, isStagingCopy, startGatedStack } from './harness/interrupted.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

let gated: GatedStack;
let service: BackupService;

beforeAll(async () => {
  gated = await startGatedStack();
  service = await openFrom(gated.file);
  await service.create({ name: 'whole' });
});

afterEach(() => gated.proxy.openAll());

afterAll(async () => {
  await service?.close();
  await gated?.stop();
});

const names = async (): Promise<string[]> => (await service.list()).map((entry) => entry.name);

describe('a delete that is killed', () => {
  const isBatchDelete = ({ method, path }: StoreRequest): boolean =>
    method === 'POST' && path.includes('?delete');

  it.each([
    ['before anything is gone', 'd_none', 0, true],
    ['when it is off the list', 'd_off', 1, false],
    ['when all but its metadata are gone', 'd_meta', 2, false],
  ])('%s, and is run again', async (_when, name, after, listed) => {
    await service.create({ name });
    const gate = gated.proxy.hold(isBatchDelete, after);
    const command = gated.run('delete', '-n', name);
    await gate.reached;
    command.kill('SIGKILL');
    expect(await command).toMatchObject({ signal: 'SIGKILL' });
    gate.drop();
    expect((await names()).includes(name)).toBe(listed);

    expect(await gated.run('delete', '-n', name)).toMatchObject({ exitCode: 0 });
    expect([...(await gated.backups.list(`backup/${name}/`)).keys()]).toEqual([]);
    expect(await names()).not.toContain(name);
  });

  it('does not keep the name: a new backup finishes it first', async () => {
    await service.create({ name: 'half' });
    const gate = gated.proxy.hold(isBatchDelete, 1);
    const command = gated.run('delete', '-n', 'half');
    await gate.reached;
    command.kill('SIGKILL');
    await command;
    gate.drop();
    expect(await names()).not.toContain('half');
    await service.create({ name: 'half', strategy: 'meta_only' });
    expect(await names()).toContain('half');
    const kept = [...(await gated.backups.list('backup/half/')).keys()];
    expect(kept.filter((key) => key.includes('/binlogs/'))).toEqual([]);
  });
});

describe('a restore that is interrupted', () => {
  const isReadOfDeletes = ({ method, path }: StoreRequest): boolean =>
    method === 'GET' && path.includes('/backup/whole/binlogs/delta_log/') && !path.includes('list-type');

  it.each([
    ['while it stages', '_staging', isStagingCopy, 5],
    ['while Milvus imports', '_importing', isReadOfDeletes, 0],
  ])('%s takes its temporary objects away', async (_when, suffix, fits, after) => {
    const gate = gated.proxy.hold(fits, after);
    const command = gated.run('restore', '-n', 'whole', '-s', suffix, '--json');
    await gate.reached;
    expect((await stagedKeys(gated.data)).length).toBeGreaterThan(0);
    command.kill('SIGINT');
    // An answer that may still come is waited for.
    gate.drop();
    const ended = await command;
    expect(ended.exitCode).toBe(130);
    expect(parseDocument(ended.stdout)).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(await stagedKeys(gated.data)).toEqual([]);

    const again = ['restore', '-n', 'whole', '-s', suffix, '--drop_exist_collection'];
    expect(await gated.run(...again)).toMatchObject({ exitCode: 0 });
    const { client, fixture } = gated;
    await expectSameRows(
      { client, collection: fixture.collection },
      { client, collection: fixture.collection + suffix },
    );
  });
});

describe('a server that is killed', () => {
  interface Running {
    readonly url: string;
    readonly process: ReturnType<typeof startCommand>;
  }

  async function startServer(): Promise<Running> {
    const process = gated.run('server', '-p', '0', '--json');
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      process.stdout.on('data', (chunk) => {
        text += String(chunk);
        if (text.endsWith('}\n')) resolve(String(parseDocument(text).url));
      });
      process.then(({ stderr }) => reject(new Error(stderr)), reject);
    });
    return { url, process };
  }

  async function ask(
    server: Running,
    call: string,
    init: RequestInit = {},
  ): Promise<Record<string, unknown>> {
    return parseDocument(await (await fetch(`${server.url}/api/v1/${call}`, init)).text());
  }

  const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

  async function kill(server: Running): Promise<void> {
    server.process.kill('SIGKILL');
    await server.process;
  }

  it('amid an asynchronous create: the next one tells that it failed, and makes it anew', async () => {
    const gate = gated.proxy.hold(isBackupCopy, 4);
    const first = await startServer();
    const body = { backup_name: 'served', async: true, requestId: 'run-of-first' };
    expect(await ask(first, 'create', post(body))).not.toHaveProperty('code');
    await gate.reached;
    expect(await ask(first, 'get_backup?backup_name=served')).toMatchObject({ data: { state_code: 1 } });
    await kill(first);
    gate.drop();

    const second = await startServer();
    try {
      for (const query of ['backup_name=served', 'backup_id=run-of-first']) {
        expect(await ask(second, `get_backup?${query}`)).toMatchObject({
          data: {
            state_code: 3,
            errorMessage: expect.stringMatching(/^the create was interrupted: its process \d+ on \S+ ended/),
          },
        });
      }
      expect(JSON.stringify(await ask(second, 'list'))).not.toContain('served');
      expect(await ask(second, 'create', post({ backup_name: 'served' }))).toMatchObject({ msg: 'success' });
      expect(await ask(second, 'get_backup?backup_name=served')).toMatchObject({ data: { state_code: 2 } });
      expect(await names()).toContain('served');
    } finally {
      await kill(second);
    }
  });

  it('amid an asynchronous restore: the next one tells that it failed', async () => {
    const gate = gated.proxy.hold(isStagingCopy, 2);
    const first = await startServer();
    const body = { backup_name: 'whole', collection_suffix: '_served', async: true, id: 'restore-of-first' };
    expect(await ask(first, 'restore', post(body))).not.toHaveProperty('code');
    await gate.reached;
    await kill(first);
    gate.drop();

    const second = await startServer();
    try {
      expect(await ask(second, 'get_restore?id=restore-of-first')).toMatchObject({
        data: { state_code: 3, errorMessage: expect.stringContaining('the restore was interrupted') },
      });
    } finally {
      await kill(second);
    }
  });
});
