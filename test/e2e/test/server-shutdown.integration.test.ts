import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from './harness/binary.js';
import type { StoreRequest } from './harness/gated-proxy.js';
import { type GatedStack, isBackupCopy, isStagingCopy, startGatedStack } from './harness/interrupted.js';
import { expectSameRows } from './harness/rows.js';

/** SIGTERM drains: what can end in the grace time does, the rest stops where it can be gone on with. */
describe('a server that is told to stop', () => {
  let gated: GatedStack;

  beforeAll(async () => {
    gated = await startGatedStack();
  });

  afterEach(() => gated.proxy.openAll());

  afterAll(() => gated?.stop());

  async function start(graceSeconds: number) {
    const grace = `server.shutdownGraceSeconds=${graceSeconds}`;
    const command = gated.run('server', '-p', '0', '--json', '--set', grace);
    let note = '';
    let onStopping = (): void => {};
    const stopping = new Promise<void>((resolve) => {
      onStopping = resolve;
    });
    command.stderr.on('data', (chunk) => {
      note += String(chunk);
      if (note.includes('Stopping')) onStopping();
    });
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      command.stdout.on('data', (chunk) => {
        text += String(chunk);
        if (text.endsWith('}\n')) resolve(String(parseDocument(text).url));
      });
      command.then(({ stderr }) => reject(new Error(stderr)), reject);
    });
    const call = async (method: string, path: string, body?: object) => {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const reply = await fetch(url + path, { method, ...(body ? json : {}) });
      return { status: reply.status, headers: reply.headers, body: parseDocument(await reply.text()) };
    };
    const term = async (): Promise<void> => {
      command.kill('SIGTERM');
      await stopping;
    };
    return { command, call, term };
  }

  const create = (name: string) => ({
    async: true,
    backup_name: name,
    collection_names: [gated.fixture.collection],
  });

  it('lets a backup end, answers who asks, and takes nothing new', async () => {
    const server = await start(60);
    const gate = gated.proxy.hold(isBackupCopy, 3);
    await server.call('POST', '/api/v1/create', create('drained'));
    await gate.reached;
    await server.term();
    const second = await server.call('POST', '/api/v1/create', create('late'));
    expect(second).toMatchObject({ status: 503, body: { code: 3, data: null } });
    expect(second.headers.get('retry-after')).toBe('5');
    const third = await server.call('POST', '/api/v2/backups', { name: 'late' });
    expect(third).toMatchObject({ status: 503, body: { code: 'SHUTTING_DOWN' } });
    const asked = await server.call('GET', '/api/v1/get_backup?backup_name=drained');
    expect(asked.body).toMatchObject({ data: { state_code: 1 } });
    gate.open();
    expect((await server.command).exitCode).toBe(0);
    expect((await gated.run('list')).stdout.split('\n')).toContain('drained');
  });

  it('stops a restore and a backup that would take too long; the next server tells of them and goes on at once', async () => {
    const server = await start(0);
    // What is staged lies below `binlogs/`, too.
    const isCopy = (request: StoreRequest): boolean => isBackupCopy(request) && !isStagingCopy(request);
    const copies = gated.proxy.hold(isCopy, 3);
    await server.call('POST', '/api/v1/create', create('cut'));
    await copies.reached;
    const staging = gated.proxy.hold(isStagingCopy, 1);
    const restore = { backup_name: 'drained', collection_suffix: '_r', async: true, requestId: 'r1' };
    const { body } = await server.call('POST', '/api/v1/restore', restore);
    const { id } = body.data as { readonly id: string };
    await staging.reached;
    await server.term();
    copies.drop();
    staging.drop();
    expect((await server.command).exitCode).toBe(0);
    expect([...(await gated.data.list('')).keys()].filter((key) => key.includes('restore-temp'))).toEqual([]);

    const next = await start(60);
    const told = (path: string) => next.call('GET', path).then((reply) => reply.body.data);
    expect(await told('/api/v1/get_backup?backup_name=cut')).toMatchObject({
      state_code: 3,
      errorMessage: expect.stringContaining('interrupted'),
    });
    expect(await told(`/api/v1/get_restore?id=${id}`)).toMatchObject({
      state_code: 3,
      errorMessage: expect.stringContaining('interrupted'),
    });
    const all = (await gated.run('list', '--all')).stdout;
    expect(all).toMatch(/cut\s+interrupted/);
    const waited = { ...create('cut'), async: false };
    expect((await next.call('POST', '/api/v1/create', waited)).body).toMatchObject({
      data: { state_code: 2 },
    });
    const again = await next.call('POST', '/api/v1/restore', { ...restore, async: false });
    expect(again.body).toMatchObject({ data: { state_code: 2 } });
    const { client, fixture } = gated;
    const { collection } = fixture;
    await expectSameRows({ client, collection }, { client, collection: `${collection}_r` });
    await next.term();
    expect((await next.command).exitCode).toBe(0);
  });

  it('ends at once when it is told twice', async () => {
    const server = await start(600);
    const gate = gated.proxy.hold(isBackupCopy, 3);
    await server.call('POST', '/api/v1/create', create('twice'));
    await gate.reached;
    await server.term();
    server.command.kill('SIGTERM');
    expect((await server.command).exitCode).toBe(143);
    gate.drop();
    expect((await gated.run('list')).stdout.split('\n')).not.toContain('twice');
    expect((await gated.run('create', '-n', 'twice', '--filter', gated.fixture.collection)).exitCode).toBe(0);
  });
});
