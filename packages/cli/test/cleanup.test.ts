import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BackupFolder, CleanupItem } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService, type FakeService } from './fake-service.js';
import { makeFolder, run as runIn } from './test-host.js';

const item: CleanupItem = {
  kind: 'interrupted-run',
  store: 'backup',
  path: 'backup/b1/',
  backup: 'b1',
  objects: 2,
  bytes: 1_500,
  reason: 'the create was interrupted',
  changedAt: 1_795_331_274_000,
  outcome: 'found',
  error: '',
};

const folder: BackupFolder = {
  name: 'b1',
  state: 'delete-interrupted',
  reason: 'a delete was interrupted',
  id: '',
  milvusVersion: '',
  size: 1_500,
  objects: 2,
  changedAt: 1_795_331_274_000,
  run: {
    id: 'r',
    kind: 'delete',
    owner: 'process 7 on here',
    running: false,
    state: 'executing',
    startedAt: 1_795_331_270_000,
    updatedAt: 1_795_331_274_000,
  },
  restores: [],
};

function run(argv: readonly string[], options: { readonly service: FakeService }): ReturnType<typeof runIn> {
  const cwd = makeFolder();
  writeFileSync(path.join(cwd, 'backup.yaml'), 'configVersion: v2\n');
  return runIn(argv, { ...options, cwd });
}

describe('cleanup', () => {
  it('tells what would go, and removes nothing without --yes', async () => {
    const service = createFakeService({ items: [item] });
    const { code, stdout } = await run(['cleanup'], { service });
    expect(code).toBe(0);
    expect(service.calls[0]).toEqual(['cleanup', { apply: false, olderThan: undefined }]);
    expect(stdout).toBe(
      'would remove interrupted run backup:backup/b1/ (2 objects, 1.5 kB) - the create was interrupted\n' +
        'would remove 1 left-over, 2 objects, 1.5 kB; do it with --yes\n',
    );
  });

  it.each([
    ['--yes', '90m', 5_400_000],
    ['--apply', '0s', 0],
    ['--yes', '1.5h', 5_400_000],
    ['--yes', '7d', 604_800_000],
  ])('does it with %s, older than %s', async (flag, age, olderThan) => {
    const service = createFakeService();
    const { code, stdout } = await run(['cleanup', flag, '--older-than', age, '--json'], { service });
    expect(code).toBe(0);
    expect(service.calls[0]).toEqual(['cleanup', { apply: true, olderThan }]);
    expect(JSON.parse(stdout)).toEqual({
      applied: true,
      older_than_seconds: olderThan / 1000,
      items: [],
      notes: [],
    });
  });

  it('looks into the stores that are named', async () => {
    const service = createFakeService();
    await run(['cleanup', '--storage', 'backup', '--storage=offsite,disk'], { service });
    expect(service.calls[0]).toEqual([
      'cleanup',
      { apply: false, olderThan: undefined, stores: ['backup', 'offsite', 'disk'] },
    ]);
  });

  it('ends with 1 when something could not be removed', async () => {
    const failed = { ...item, outcome: 'failed', error: 'denied' } as const;
    const { code, stdout } = await run(['cleanup', '--yes'], {
      service: createFakeService({ items: [failed] }),
    });
    expect(code).toBe(1);
    expect(stdout).toContain('could not remove interrupted run backup:backup/b1/');
    expect(stdout).toContain(': denied');
  });

  it.each(['24', 'h', '-1h', '1w', ''])('refuses the limit %j', async (age) => {
    const service = createFakeService();
    const { code, stderr } = await run(['cleanup', `--older-than=${age}`], { service });
    expect(code).not.toBe(0);
    expect(stderr).toContain('--older-than');
    expect(service.calls).toEqual([]);
  });
});

describe('list', () => {
  it('tells on stderr when a drill last proved what, and keeps the names alone on stdout', async () => {
    const service = createFakeService({ provenAt: 1_795_331_275_000 });
    const { stdout, stderr } = await run(['list'], { service });
    expect(stdout).toBe('>> Backups:\nb1\nb2\n');
    expect(stderr).toContain('Note: last proven by a drill: b1 at 2026-11-22T07:07:55.000Z\n');
  });
});

describe('list --all', () => {
  it('has a line for every folder', async () => {
    const whole: BackupFolder = {
      ...folder,
      name: 'b2',
      state: 'committed',
      reason: '',
      provenAt: 1_795_331_275_000,
    };
    const service = createFakeService({ folders: [folder, whole] });
    const { stdout } = await run(['list', '--all'], { service });
    expect(stdout.split('\n')).toEqual([
      'NAME  STATE               SIZE    CHANGED                   PROVEN                    REASON',
      'b1    delete interrupted  1.5 kB  2026-11-22T07:07:54.000Z  -                         a delete was interrupted',
      'b2    committed           1.5 kB  2026-11-22T07:07:54.000Z  2026-11-22T07:07:55.000Z',
      '',
    ]);
  });

  it('is a document with --json', async () => {
    const service = createFakeService({ folders: [folder] });
    const { stdout } = await run(['list', '--all', '--json'], { service });
    expect(JSON.parse(stdout).folders).toMatchObject([
      {
        name: 'b1',
        state: 'delete-interrupted',
        id: null,
        size: 1_500,
        run: { kind: 'delete', running: false },
      },
    ]);
  });
});
