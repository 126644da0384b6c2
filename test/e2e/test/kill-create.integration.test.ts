import type { BackupService } from '@milvus-backup/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GatedStack, isBackupCopy, isPutOf, startGatedStack } from './harness/interrupted.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

/** Whatever ends a backup, and wherever it stands then: it is not listed, and the same command makes it whole. */
describe('a create that is ended before its end', () => {
  let gated: GatedStack;
  let service: BackupService;

  beforeAll(async () => {
    gated = await startGatedStack();
    service = await openFrom(gated.file);
  });

  afterEach(() => gated.proxy.openAll());

  afterAll(async () => {
    await service?.close();
    await gated?.stop();
  });

  const create = (name: string) => gated.run('create', '-n', name, '--json', '--filter', 'scalars');

  async function expectNoBackup(name: string): Promise<void> {
    expect((await service.list()).map((entry) => entry.name)).not.toContain(name);
    await expect(service.get({ name })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  }

  async function expectWhole(name: string): Promise<void> {
    expect((await service.list()).map((entry) => entry.name)).toContain(name);
    const suffix = `_${name}`;
    await service.restore({ name, suffix });
    const { client, fixture } = gated;
    const target = { client, db: fixture.db, collection: fixture.collection + suffix };
    await expectSameRows({ client, db: fixture.db, collection: fixture.collection }, target);
    // Of its own files nothing stays but the record of the restore, and of the interrupted run nothing at all.
    const { meta } = await service.get({ name });
    const known = meta.collection_backups.flatMap((one) =>
      one.partition_backups.flatMap((partition) =>
        partition.segment_backups.flatMap((segment) =>
          [...segment.binlogs, ...segment.deltalogs].flatMap((field) => field.binlogs),
        ),
      ),
    );
    const objects = [...(await gated.backups.list(`backup/${name}/`)).keys()];
    expect(objects.filter((key) => key.includes('/binlogs/'))).toHaveLength(known.length);
    expect(objects.filter((key) => key.includes('/meta/ts/run'))).toEqual([]);
  }

  it.each([
    ['before its first file', 'k_first', isBackupCopy, 0],
    ['amid its files', 'k_amid', isBackupCopy, 7],
    ['before its metadata', 'k_meta', isPutOf('/meta/collection_meta.json'), 0],
    ['before the last file of all', 'k_last', isPutOf('/meta/backup_meta.json'), 0],
  ])('by SIGKILL %s', async (_when, name, fits, after) => {
    const gate = gated.proxy.hold(fits, after);
    const command = create(name);
    await gate.reached;
    command.kill('SIGKILL');
    expect(await command).toMatchObject({ signal: 'SIGKILL' });
    gate.drop();
    expect((await gated.backups.list(`backup/${name}/`)).size).toBeGreaterThan(after);
    await expectNoBackup(name);

    expect(await create(name)).toMatchObject({ exitCode: 0 });
    await expectWhole(name);
  });

  it('by SIGINT', async () => {
    const name = 'interrupted';
    const gate = gated.proxy.hold(isBackupCopy, 5);
    const command = create(name);
    await gate.reached;
    command.kill('SIGINT');
    // An answer that may still come is waited for.
    gate.drop();
    const ended = await command;
    expect(ended.exitCode).toBe(130);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: { code: 'CANCELLED', remedy: expect.stringMatching(/again/) },
    });
    const [list, get] = await Promise.all([gated.run('list'), gated.run('get', '-n', name)]);
    expect(list.stdout.split('\n')).not.toContain(name);
    expect(get).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(`backup ${name} not found`) });
    expect(await create(name)).toMatchObject({ exitCode: 0 });
    expect((await service.list()).map((entry) => entry.name)).toContain(name);
  });

  const heldBy =
    /backup \w+ is being written by process \d+ on \S+ \(run [\w-]+, since [\dTZ:.-]+, \d+ [smh] ago\)/;

  it('lets one of two that start at once have the name, and no delete take it away', async () => {
    const claims = gated.proxy.hold(isPutOf('/meta/ts/run.json'), 0, 2);
    const copies = gated.proxy.hold(isBackupCopy, 0);
    const commands = [create('raced'), create('raced')];
    await claims.reached;
    claims.open();
    const loser = await Promise.race(commands);
    expect(loser.exitCode).toBe(5);
    const { error } = JSON.parse(loser.stdout);
    expect(error).toMatchObject({ code: 'BACKUP_IN_PROGRESS', message: expect.stringMatching(heldBy) });
    expect(error.remedy).toContain('wait for it to end');
    expect(commands.map((command) => command.pid)).toContain(error.details.pid);

    const removal = await gated.run('delete', '-n', 'raced');
    expect(removal).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(heldBy) });
    copies.open();
    expect((await Promise.all(commands)).map((command) => command.exitCode).sort()).toEqual([0, 5]);
    await expectWhole('raced');
  });

  it('lets one of two take the name of a run that was killed', async () => {
    const first = gated.proxy.hold(isBackupCopy, 3);
    const killed = create('orphan');
    await first.reached;
    killed.kill('SIGKILL');
    await killed;
    first.drop();

    const takers = gated.proxy.hold(isPutOf('/meta/ts/run.json.after-'), 0, 2);
    const copies = gated.proxy.hold(isBackupCopy, 0);
    const commands = [create('orphan'), create('orphan')];
    await takers.reached;
    takers.open();
    expect((await Promise.race(commands)).exitCode).toBe(5);
    copies.open();
    expect((await Promise.all(commands)).map((command) => command.exitCode).sort()).toEqual([0, 5]);
    expect((await service.list()).map((entry) => entry.name)).toContain('orphan');
  });
});
