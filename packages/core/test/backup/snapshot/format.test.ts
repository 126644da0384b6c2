import { expect, test } from 'vitest';
import { resolveFormat } from '../../../src/backup/snapshot/format.js';
import { effectiveVersion, featuresOf } from '../../../src/milvus/features.js';
import type { BackupFormat } from '../../../src/requests.js';

const server = (version: string) => ({ version, features: featuresOf(effectiveVersion([version]), true) });

test.each<[BackupFormat, string, string]>([
  ['auto', 'v2.3.5-lite', 'binlog'],
  ['auto', '2.6.17', 'binlog'],
  ['auto', '2.6-20260404-abc', 'binlog'],
  ['auto', 'v3.0.0', 'snapshot'],
  ['auto', '3.0.0-rc1', 'snapshot'],
  ['auto', '3.1-20260404-abc', 'snapshot'],
  ['auto', 'master-20260404-abc', 'snapshot'],
  ['binlog', 'v3.0.0', 'binlog'],
  ['binlog', 'v2.2.16', 'binlog'],
  ['snapshot', 'v3.0.0', 'snapshot'],
])('%s on %s is %s', (asked, version, format) => {
  expect(resolveFormat(asked, 'auto', server(version))).toBe(format);
});

test('snapshots are refused below 3.0, and without data', () => {
  expect(() => resolveFormat('snapshot', 'auto', server('v2.6.17'))).toThrow(
    /^the snapshot format needs a milvus 3\.0 or newer server, this one is v2\.6\.17$/,
  );
  expect(() => resolveFormat('snapshot', 'meta_only', server('v3.0.0'))).toThrow(/meta_only/);
  expect(resolveFormat('auto', 'meta_only', server('v3.0.0'))).toBe('binlog');
});
