import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupService } from '@milvus-backup/core';
import { tempDir } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import type { StoreRequest } from './harness/gated-proxy.js';
import { type GatedStack, isBackupCopy, startGatedStack } from './harness/interrupted.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

const shiftedClock = new URL('./harness/shifted-clock.mjs', import.meta.url).href;

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

const isDataRead = ({ method, path }: StoreRequest): boolean =>
  method === 'GET' && path.includes('/insert_log/') && !path.includes('list-type');

describe('eight processes that create one name at once', () => {
  it.each([
    ['on S3', 'eight', isBackupCopy, false],
    ['in a directory', 'eight_local', isDataRead, true],
  ])('%s: one writes, the others say who does', async (_where, name, fits, local) => {
    const dir = await tempDir();
    const place = local
      ? ['--set', 'minio.backupStorageType=local', '--set', `minio.backupRootPath=${dir.path}`]
      : [];
    const gate = gated.proxy.hold(fits, 0);
    let ended = 0;
    let lostAll = (): void => {};
    const sevenEnded = new Promise<void>((resolve) => {
      lostAll = resolve;
    });
    const commands = Array.from({ length: 8 }, async () => {
      const end = await gated.run('create', '-n', name, '--json', ...place);
      ended += 1;
      if (ended === 7) lostAll();
      return end;
    });
    // The one that writes stands at its first object until all others have given up.
    await Promise.all([gate.reached, sevenEnded]);
    gate.open();
    const ends = await Promise.all(commands);
    const [winner, ...more] = ends.filter((end) => end.exitCode === 0);
    expect(more).toEqual([]);
    expect(winner && parseDocument(winner.stdout)).toMatchObject({ state: 'success' });
    for (const end of ends.filter((one) => one !== winner)) {
      expect(end.exitCode).toBe(5);
      expect(parseDocument(end.stdout)).toMatchObject({
        error: {
          code: 'BACKUP_IN_PROGRESS',
          message: expect.stringMatching(
            /being written by process \d+ on \S+ \(run \S+, since 20\d\d-.+Z, \d+ [smh] ago\)/,
          ),
        },
      });
    }
    const listed = await gated.run('list', '--json', ...place);
    expect(listed.stdout).toContain(`"${name}"`);
    await dir.remove();
  });
});

describe('a process that stood still for longer than its lease', () => {
  it('neither commits nor harms the backup of who has taken the name over', async () => {
    // Read by the commands below alone; a minute of the real clock would be spent waiting.
    const clock = join(gated.dir.path, 'clock');
    const setClock = (ahead: number): Promise<void> => writeFile(clock, String(ahead));
    await setClock(0);
    const env = { NODE_OPTIONS: `--import ${shiftedClock}`, CLOCK_FILE: clock };
    const create = () => startCommand({ cwd: gated.dir.path, env }, 'create', '-n', 'stopped', '--json');
    const gate = gated.proxy.hold(isBackupCopy, 3);
    const stopped = create();
    await gate.reached;
    stopped.kill('SIGSTOP');
    gate.open();
    // It is taken for dead when it has not been heard of for a minute, not before.
    await setClock(30_000);
    const refused = await create();
    expect(refused.exitCode).toBe(5);
    expect(parseDocument(refused.stdout)).toMatchObject({
      error: {
        code: 'BACKUP_IN_PROGRESS',
        message: expect.stringContaining(`process ${stopped.pid} on `),
      },
    });
    await setClock(60_000);
    expect(await create()).toMatchObject({ exitCode: 0 });
    const before = await gated.backups.list('backup/stopped/');
    const { meta } = await service.get({ name: 'stopped' });

    stopped.kill('SIGCONT');
    const end = await stopped;
    expect(end.exitCode).toBe(5);
    expect(parseDocument(end.stdout)).toMatchObject({ error: { code: 'BACKUP_IN_PROGRESS' } });
    expect(await gated.backups.list('backup/stopped/')).toEqual(before);
    expect((await service.get({ name: 'stopped' })).meta).toEqual(meta);
    await service.restore({ name: 'stopped', suffix: '_stopped' });
    const { client, fixture } = gated;
    const source = { client, collection: fixture.collection };
    await expectSameRows(source, { client, collection: `${fixture.collection}_stopped` });
  });
});
