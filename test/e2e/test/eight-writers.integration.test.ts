import { setTimeout as wait } from 'node:timers/promises';
import type { BackupService } from '@milvus-backup/core';
import { isBackupError } from '@milvus-backup/core';
import { tempDir } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from './harness/binary.js';
import type { StoreRequest } from './harness/gated-proxy.js';
import { type GatedStack, isBackupCopy, startGatedStack } from './harness/interrupted.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

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
          message: expect.stringMatching(/being written by process \d+ on \S+ \(run \S+, since 20\d\d-.+Z\)/),
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
    const gate = gated.proxy.hold(isBackupCopy, 3);
    const stopped = gated.run('create', '-n', 'stopped', '--json');
    await gate.reached;
    stopped.kill('SIGSTOP');
    gate.open();
    // It is taken for dead when it has not been heard of for a minute, not before.
    const refusals: string[] = [];
    for (;;) {
      try {
        await service.create({ name: 'stopped' });
        break;
      } catch (error) {
        if (!isBackupError(error) || error.code !== 'BACKUP_IN_PROGRESS') throw error;
        refusals.push(error.message);
        await wait(2_000);
      }
    }
    expect(refusals[0]).toContain(`process ${stopped.pid} on `);
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
