import { BackupError } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];

describe('migrate', () => {
  it('prints the lines of the Go tool', async () => {
    const { code, stdout, service } = await run(['migrate', '-n', 'b1', '-c', 'in01-1', ...noFile]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Successfully triggered migration with backup name: b1 target cluster: in01-1\n' +
        'migration job id: job-1.\n' +
        'You can check the progress of the migration job in Zilliz Cloud console.\n',
    );
    expect(service.calls[0]).toEqual(['migrate', { name: 'b1', clusterId: 'in01-1' }]);
  });

  it('starts over when it is told to, and tells a script', async () => {
    const argv = ['migrate', '--name=b1', '--cluster_id=in01-1', '--no-resume', '--json', ...noFile];
    const { stdout, service } = await run(argv);
    expect(service.calls[0]).toEqual(['migrate', { name: 'b1', clusterId: 'in01-1', resume: false }]);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'migrate',
      migrate: {
        cluster_id: 'in01-1',
        volume: 'vol-1',
        data_path: 'run-1',
        phase: 'started',
        job_id: 'job-1',
      },
    });
  });

  it.each([
    [['migrate'], 'cluster id is required'],
    [['migrate', '-n', 'b1'], 'cluster id is required'],
    [['migrate', '-c', 'in01-1'], 'backup name is required'],
  ])('%j: %s', async (argv, message) => {
    const { code, stdout, stderr, service } = await run([...argv, ...noFile]);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(`Error: ${message}\n`);
    expect(service.calls).toEqual([]);
  });

  it('ends with 1 when the cloud refuses the key', async () => {
    const error = new BackupError({ code: 'CLOUD_AUTH', message: 'no such key', remedy: 'correct it' });
    const { code, stderr } = await run(['migrate', '-n', 'b1', '-c', 'in01-1', ...noFile], {
      service: createFakeService({ error }),
    });
    expect([code, stderr]).toEqual([1, 'Error: no such key\n  → correct it\n']);
  });
});
