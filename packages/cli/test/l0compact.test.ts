import { BackupError } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];

describe('l0compact', () => {
  it('names the new backup after the old one', async () => {
    const { code, stdout, service } = await run(['l0compact', '-n', 'b1', ...noFile]);
    expect([code, stdout]).toEqual([0, 'l0compact done: b1 -> b1_l0compacted\n']);
    expect(service.calls[0]).toEqual(['l0compact', { name: 'b1', output: 'b1_l0compacted' }]);
  });

  it('takes a name and --force, and tells a script', async () => {
    const argv = ['l0compact', '--name=b1', '--output=b2', '--force', '--json', ...noFile];
    const { code, stdout, service } = await run(argv);
    expect(service.calls[0]).toEqual(['l0compact', { name: 'b1', output: 'b2', force: true }]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'l0compact' });
  });

  it.each([
    [[], 'backup name is required (--name)'],
    [['-n', 'b1', '-o', 'b1'], 'output must differ from source backup name'],
    [['-n', '1ab'], 'invalid --name "1ab": backup name should start with an underscore or letter'],
    [
      ['-n', 'b1', '-o', 'b-2'],
      'invalid --output "b-2": backup name should only contain numbers, letters and underscores',
    ],
  ])('%j: %s', async (argv, message) => {
    const { code, stdout, stderr, service } = await run(['l0compact', ...argv, ...noFile]);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(`Error: ${message}\n`);
    expect(service.calls).toEqual([]);
  });

  it('ends with 5 for a destination that is taken', async () => {
    const message = 'destination backup b2 is not empty, use --force to clear it';
    const error = new BackupError({ code: 'BACKUP_EXISTS', message, remedy: 'choose another' });
    const { code, stderr } = await run(['l0compact', '-n', 'b1', '-o', 'b2', ...noFile], {
      service: createFakeService({ error }),
    });
    expect([code, stderr]).toEqual([5, `Error: ${message}\n  → choose another\n`]);
  });
});
