import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BackupError } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { makeFolder, run } from './test-host.js';

function makeCwd(): string {
  const cwd = makeFolder();
  writeFileSync(path.join(cwd, 'backup.yaml'), 'configVersion: v2\n');
  writeFileSync(path.join(cwd, 'other.yaml'), 'milvus:\n  address: far\n  port: 1234\n');
  return cwd;
}

describe('drill', () => {
  it.each([
    [['drill', 'b1'], { name: 'b1', keep: false }],
    [
      ['drill', '-n', 'b1', '--sample', '5%', '--into', 'scratch', '--keep'],
      { sample: '5%', into: 'scratch', keep: true },
    ],
    [
      ['drill', 'b1', '--milvus', 'other.yaml'],
      { milvus: expect.objectContaining({ grpc: expect.objectContaining({ address: 'far' }) }) },
    ],
  ])('%j', async (argv, request) => {
    const { code, stdout, service } = await run(argv, { cwd: makeCwd() });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^b1: 1 of 2 collections restored, 20 rows compared.*\ndrill backup success\nduration:/,
    );
    expect(service.calls[0]).toEqual(['drill', expect.objectContaining(request)]);
  });

  it('ends with 4 when a row differs, and prints JSON', async () => {
    const error = new BackupError({ code: 'PROOF_FAILED', message: 'lacks rows' });
    expect(
      await run(['drill', 'b1'], { cwd: makeCwd(), service: createFakeService({ error }) }),
    ).toMatchObject({ code: 4 });
    const { stdout } = await run(['drill', 'b1', '--json'], { cwd: makeCwd() });
    expect(JSON.parse(stdout)).toMatchObject({ backup_name: 'b1', rows: 20, kept: false });
    expect(await run(['drill'], { cwd: makeCwd() })).toMatchObject({ code: 64 });
  });

  it('is asked for by restore, too', async () => {
    const { service } = await run(['restore', '-n', 'b1', '--prove', 'full'], { cwd: makeCwd() });
    expect(service.calls[0]).toEqual(['restore', expect.objectContaining({ prove: 'full' })]);
    expect(await run(['restore', '-n', 'b1', '--prove', 'half'], { cwd: makeCwd() })).toMatchObject({
      code: 64,
    });
  });
});
