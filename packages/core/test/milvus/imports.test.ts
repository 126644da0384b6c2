import { describe, expect, it } from 'vitest';
import { importOptions } from '../../src/milvus/import-options.js';
import { toImportState } from '../../src/milvus/imports.js';

const input = { partition: '_default', files: ['a/', ''], isL0: false, storageVersion: 0n, ezk: '' };

describe('importOptions', () => {
  it('asks for an import of binlogs', () => {
    expect(importOptions(input)).toEqual([
      { key: 'skip_disk_quota_check', value: 'true' },
      { key: 'backup', value: 'true' },
    ]);
  });
  it('adds what newer servers need', () => {
    expect(importOptions({ ...input, isL0: true, storageVersion: 2n, ezk: 'key' })).toEqual([
      { key: 'skip_disk_quota_check', value: 'true' },
      { key: 'l0_import', value: 'true' },
      { key: 'storage_version', value: '2' },
      { key: 'ezk', value: 'key' },
    ]);
  });
});

describe('toImportState', () => {
  const infos = [
    { key: 'progress_percent', value: '90' },
    { key: 'failed_reason', value: 'no binlog' },
  ];
  it.each([
    [0, 'running', 90, '', { working: false }],
    [1, 'failed', 90, 'no binlog'],
    [2, 'running', 90, '', { working: true }],
    [5, 'running', 90, '', { working: true }],
    [6, 'completed', 100, ''],
    [7, 'failed', 90, 'no binlog'],
    [8, 'running', 90, '', { working: true }],
    [99, 'running', 90, '', { working: true }],
  ] as const)('state %i is %s', (state, status, percent, reason, told: object = {}) => {
    const want = { status, percent, rows: 7, reason, ...told };
    expect(toImportState({ state, row_count: '7', infos })).toEqual(want);
  });

  it('always has a reason for a failure', () => {
    expect(toImportState({ state: 1, row_count: '0', infos: [] }).reason).toBe('Milvus gave no reason');
  });
});
