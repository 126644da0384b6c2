import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { BackupService } from '@milvus-backup/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from './harness/binary.js';
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

async function stateOf(name: string): Promise<string | undefined> {
  const { exitCode, stdout } = await gated.run('list', '--all', '--json');
  expect(exitCode).toBe(0);
  const folders = parseDocument(stdout).folders as readonly { name: string; state: string }[];
  return folders.find((folder) => folder.name === name)?.state;
}

async function clean(...flags: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await gated.run('cleanup', '--json', ...flags);
  expect(exitCode, stderr).toBe(0);
  const items = parseDocument(stdout).items as readonly { kind: string; path: string; outcome: string }[];
  return items.map(({ kind, path, outcome }) => `${outcome} ${kind} ${path}`);
}

/** Runs a command until the store has been asked for what fits, and kills it there. */
async function killAt(
  fits: (request: StoreRequest) => boolean,
  after: number,
  ...args: string[]
): Promise<void> {
  const gate = gated.proxy.hold(fits, after);
  const command = gated.run(...args);
  await gate.reached;
  command.kill('SIGKILL');
  await command;
  gate.drop();
}

const isBatchDelete = ({ method, path }: StoreRequest): boolean =>
  method === 'POST' && path.includes('?delete');

describe('what dead runs have left', () => {
  it('of a create: listed as interrupted, told, removed, and its name is free all the while', async () => {
    await killAt(isBackupCopy, 3, 'create', '-n', 'dead');
    expect(await stateOf('dead')).toBe('interrupted');
    expect(await clean()).toEqual([]);
    expect(await clean('--older-than', '0s')).toEqual(['found interrupted-run backup/dead/']);
    expect(await clean('--older-than', '0s', '--yes')).toEqual(['removed interrupted-run backup/dead/']);
    expect([...(await gated.backups.list('backup/dead/')).keys()]).toEqual([]);
    expect(await gated.run('create', '-n', 'dead')).toMatchObject({ exitCode: 0 });
    expect(await stateOf('dead')).toBe('committed');
  });

  it('of a delete: never listed as whole; cleanup finishes it at once, a create takes the name', async () => {
    for (const name of ['half_one', 'half_two']) {
      await service.create({ name });
      await killAt(isBatchDelete, 1, 'delete', '-n', name);
      expect(await stateOf(name)).toBe('delete-interrupted');
      expect((await service.list()).map((one) => one.name)).not.toContain(name);
    }
    expect(await gated.run('create', '-n', 'half_one')).toMatchObject({ exitCode: 0 });
    expect(await clean('--yes')).toEqual(['removed interrupted-delete backup/half_two/']);
    expect(await stateOf('half_one')).toBe('committed');
    expect(await stateOf('half_two')).toBeUndefined();
  });

  it('of a restore: its copies go, and the same command ends well', async () => {
    const restore = ['restore', '-n', 'whole', '-s', '_again'];
    await killAt(isStagingCopy, 3, ...restore);
    expect((await stagedKeys(gated.data)).length).toBeGreaterThan(0);
    expect(await clean('--yes')).toEqual([expect.stringMatching(/^removed staging restore-temp-/)]);
    expect(await stagedKeys(gated.data)).toEqual([]);
    expect(await gated.run(...restore)).toMatchObject({ exitCode: 0 });
    const { client, fixture } = gated;
    const source = { client, collection: fixture.collection };
    await expectSameRows(source, { client, collection: `${fixture.collection}_again` });
  });

  it('of the Go tool, and uploads that were not finished; nothing beside them', async () => {
    const { backups, data, stack } = gated;
    const s3 = stack.s3.createClient();
    const begin = async (Key: string): Promise<unknown> =>
      await s3.send(new CreateMultipartUploadCommand({ Bucket: backups.name, Key }));
    await backups.put('backup/go/binlogs/insert_log/1/2/3/3/0/1', Buffer.from('1'));
    await backups.put('backup/files/insert_log/1/2/3', Buffer.from('1'));
    await begin('backup/go_two/binlogs/insert_log/1');
    await begin('elsewhere/object');
    const before = await data.list();
    const refused = await gated.run('create', '-n', 'go', '--json');
    expect(refused.exitCode).toBe(5);
    expect(refused.stdout).toContain('cleanup');
    expect((await clean('--older-than', '0s', '--yes')).sort()).toEqual([
      // Of the restore above: it ended well, nobody goes on from it.
      expect.stringMatching(/^removed leftover backup\/whole\/meta\/ts\/restore-journal\//),
      'removed unfinished-backup backup/go/',
      'removed upload backup/go_two/binlogs/insert_log/1',
    ]);
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: backups.name }));
    s3.destroy();
    expect(Uploads?.map((upload) => upload.Key)).toEqual(['elsewhere/object']);
    expect([...(await backups.list('backup/files/')).keys()]).toEqual(['backup/files/insert_log/1/2/3']);
    expect(await data.list()).toEqual(before);
    expect(await stateOf('files')).toBe('foreign');
    expect(await clean('--older-than', '0s', '--yes')).toEqual([]);
  });
});
