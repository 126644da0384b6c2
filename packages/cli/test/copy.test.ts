import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BackupError } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { makeFolder, run } from './test-host.js';

const v2 = `configVersion: v2
storages:
  offsite:
    provider: local
    rootPath: /mnt/offsite
`;
const other = `minio:
  backupAddress: far
  backupBucketName: far-bucket
  backupRootPath: copies
  backupSecretAccessKey: PlantedSecret
`;

function makeConfigs(): string {
  const cwd = makeFolder();
  writeFileSync(path.join(cwd, 'backup.yaml'), v2);
  writeFileSync(path.join(cwd, 'other.yaml'), other);
  return cwd;
}

describe('copy', () => {
  it.each([
    [['copy', 'b1', '--to', 'offsite'], { name: 'b1', to: 'offsite' }],
    [['copy', '-n', 'b1', '--to=offsite'], { name: 'b1', to: 'offsite' }],
    [['--to', 'offsite', 'copy', 'b1', '--as', 'b2'], { name: 'b1', to: 'offsite', as: 'b2' }],
    [['copy', 'b1', '--from', 'offsite'], { name: 'b1', from: 'offsite' }],
    [['copy', 'b1', '--to', 'offsite', '--create-bucket'], { name: 'b1', to: 'offsite', createBucket: true }],
  ])('%j', async (argv, request) => {
    const { code, stdout, stderr, service } = await run(argv, { cwd: makeConfigs() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^copy backup success\nduration:\d+\.\d\d s\n$/);
    expect(stderr).toContain('42 objects');
    expect(service.calls[0]).toEqual(['copy', expect.objectContaining(request)]);
  });

  it('takes the backup storage of another file, as it stands there alone', async () => {
    const env = { MINIO_BACKUP_ADDRESS: 'elsewhere', MINIO_ADDRESS: 'elsewhere' };
    const { code, service, stderr, stdout } = await run(['copy', 'b1', '--to', 'other.yaml'], {
      cwd: makeConfigs(),
      env,
    });
    expect(code).toBe(0);
    const [, request] = service.calls[0] ?? [];
    expect(request).toMatchObject({
      to: {
        path: 'other.yaml: backup.storage',
        address: 'far',
        bucketName: 'far-bucket',
        rootPath: 'copies',
        auth: { secretAccessKey: 'PlantedSecret' },
      },
    });
    expect(stdout + stderr).not.toContain('PlantedSecret');
  });

  it('needs no configuration beside two files', async () => {
    const cwd = makeFolder();
    for (const file of ['a.yaml', 'b.yaml']) writeFileSync(path.join(cwd, file), other);
    expect(await run(['copy', 'b1', '--from', 'a.yaml', '--to', './b.yaml'], { cwd })).toMatchObject({
      code: 0,
    });
    expect(await run(['copy', 'b1', '--from', 'a.yaml'], { cwd })).toMatchObject({ code: 2 });
    expect(await run(['copy', 'b1', '--from', 'a.yaml', '--to', 'c.yaml'], { cwd })).toMatchObject({
      code: 2,
    });
  });

  it('says when there is nothing to do, in JSON too', async () => {
    const service = createFakeService({ copied: 0 });
    const plain = await run(['copy', 'b1', '--to', 'offsite'], { cwd: makeConfigs(), service });
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nothing to do\n/) });
    expect(plain.stderr).toContain('b1 from backup to offsite: nothing to do');
    const json = await run(['copy', 'b1', '--to', 'offsite', '--as', 'c', '--json'], {
      cwd: makeConfigs(),
      service,
    });
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'copy',
      backup_name: 'c',
      copy: { from: 'backup', to: 'offsite', source_name: 'b1', nothing_to_do: true, objects_kept: 42 },
    });
  });

  it.each([
    [['copy', '--to', 'offsite'], 'backup name is required'],
    [['copy', 'b1'], '--to is required'],
    [['copy', 'b1', '-n', 'b2', '--to', 'offsite'], 'two backups are named, b1 and b2'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr, service } = await run(argv, { cwd: makeConfigs() });
    expect(code).toBe(64);
    expect(stderr).toContain(message);
    expect(service.calls).toEqual([]);
  });

  it('ends a cancelled copy with 130, and says how to go on', async () => {
    const error = new BackupError({
      code: 'CANCELLED',
      message: 'cancelled by SIGINT: the copy of b1 in offsite is not whole and not listed',
      remedy: 'run the same command again: it goes on where it stopped',
      details: { signal: 'SIGINT' },
    });
    const service = createFakeService({ error });
    const { code, stderr } = await run(['copy', 'b1', '--to', 'offsite'], { cwd: makeConfigs(), service });
    expect(code).toBe(130);
    expect(stderr).toContain('it goes on where it stopped');
  });

  it('warns of a second extra word', async () => {
    const { stderr } = await run(['copy', 'b1', 'b2', '--to', 'offsite'], { cwd: makeConfigs() });
    expect(stderr).toContain('the extra argument "b2" is ignored');
  });
});
