import type { CheckItem, CheckReport } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createFakeService, goodReport } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];

const report = [
  '',
  'Milvus version: v2.3.5',
  'Storage:',
  '  milvus-storage-type: minio',
  '  milvus-bucket: a-bucket',
  '  milvus-rootpath: files',
  '  backup-storage-type: minio',
  '  backup-bucket: b-bucket',
  '  backup-rootpath: backup',
];

const bad: CheckItem = {
  name: 'backup-storage.bucket',
  status: 'failed',
  message: 'no such bucket',
  remedy: 'create it',
};

const totals = { collections: 2, segments: 3, objects: 40, bytes: 10_500_000 };

const full: CheckReport = {
  ...goodReport,
  items: [
    ...goodReport.items,
    bad,
    { name: 'plan.space', status: 'skipped', message: 'nobody knows', remedy: '' },
  ],
  plan: { ...totals, databases: [{ name: 'default', ...totals }], complete: true, freeBytes: null },
};

describe('check', () => {
  it('prints lines as they come, then the report of the Go tool', async () => {
    const { code, stdout } = await run(['check', ...noFile]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      ['  ok       milvus.connection: connected', ...report, '', 'Success!', ''].join('\n'),
    );
  });

  it('fails when one line fails, and tells the plan', async () => {
    const { code, stdout } = await run(['check', ...noFile], {
      service: createFakeService({ report: full }),
    });
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        '  skipped  plan.space: nobody knows',
        '  failed   backup-storage.bucket: no such bucket',
        '           → create it',
        '  ok       milvus.connection: connected',
        ...report,
        'Plan: 2 collections, 3 segments, 40 objects, 10.5 MB',
        '',
        'Failed: 1 of 3 checks',
        '',
      ].join('\n'),
    );
  });

  it('groups the lines for a person, in one order', async () => {
    const service = createFakeService({ report: full });
    const { stdout } = await run(['check', ...noFile], { service, terminal: true });
    expect(stdout.slice(0, stdout.indexOf(report.join('\n')))).toBe(
      [
        'Milvus',
        '  ok       connection: connected',
        '',
        'Storage of backups',
        '  failed   bucket: no such bucket',
        '           → create it',
        '',
        'Plan of a backup of everything',
        '  skipped  space: nobody knows',
        '',
        '',
      ].join('\n'),
    );
  });

  it('prints one document with --json, its lines on stderr', async () => {
    const service = createFakeService({ report: full });
    const { code, stdout, stderr } = await run(['check', ...noFile, '--json', '--create_bucket'], {
      service,
    });
    expect(code).toBe(1);
    expect(service.calls[0]).toEqual(['check', { createBucket: true }]);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      milvus_version: 'v2.3.5',
      milvus_storage: { provider: 'minio', bucket: 'a-bucket', root_path: 'files' },
      backup_storage: { provider: 'minio', bucket: 'b-bucket', root_path: 'backup' },
      items: full.items,
      plan: { ...totals, complete: true, free_bytes: null, databases: [{ name: 'default', ...totals }] },
    });
    expect(stderr).toContain('  failed   backup-storage.bucket: no such bucket\n');
    const quiet = await run(['check', ...noFile, '--json', '-q'], { service });
    expect(quiet.stderr).toBe('');
  });
});
