import { describe, expect, it } from 'vitest';
import { effectiveVersion, featuresOf, parseMilvusVersion } from '../../src/milvus/features.js';
import type { MilvusFeatures } from '../../src/milvus/gateway.js';

describe('parseMilvusVersion', () => {
  it.each([
    ['v2.3.5-lite', '2.3.5'],
    ['2.3.5', '2.3.5'],
    ['v2.3.22.6', '2.3.22'],
    ['2.6.11-rc1', '2.6.11'],
    ['2.05.08', '2.5.8'],
    ['2.6-20260404-abc', null],
    ['master-20260101-abc', null],
    ['', null],
  ])('%s is %s', (text, version) => {
    expect(parseMilvusVersion(text)).toBe(version);
  });
});

describe('effectiveVersion', () => {
  it.each([
    [['v2.3.5-lite', 'v2.3.5-lite'], '2.3.5'],
    [['9aceff5a6', 'v2.4.1'], '2.4.1'],
    [['2.6-20260404-abc', ''], '2.6.999999'],
    [['', 'Milvus 2.5.3 (build 7)'], '2.5.3'],
    [['', 'milvus-v2.5-nightly'], '2.5.999999'],
    [['master-20260101-abc', 'master-20260101-abc'], '99.0.0'],
    [[''], '99.0.0'],
  ])('%j counts as %s', (texts, version) => {
    expect(effectiveVersion(texts)).toBe(version);
  });
});

describe('featuresOf', () => {
  const gates: readonly (readonly [keyof MilvusFeatures, string, string])[] = [
    ['restImport', '2.3.22', '2.4.0'],
    ['describeDatabase', '2.4.2', '2.4.3'],
    ['replicateMessage', '2.4.99', '2.5.0'],
    ['restSegmentDetails', '2.5.7', '2.5.8'],
    ['multiL0InOneJob', '2.6.4', '2.6.5'],
    ['collectionGc', '2.6.7', '2.6.8'],
    ['functionRuntimeCheck', '2.6.7', '2.6.8'],
    ['bulkFlush', '2.6.10', '2.6.11'],
    ['snapshot', '2.6.99', '3.0.0'],
  ];
  it.each(gates)('%s: not in %s, in %s', (feature, before, from) => {
    expect(featuresOf(before, true)[feature]).toBe(false);
    expect(featuresOf(from, true)[feature]).toBe(true);
  });

  it('ends what newer servers lost', () => {
    expect(featuresOf('2.5.99', true).replicateMessage).toBe(true);
    expect(featuresOf('2.6.0', true).replicateMessage).toBe(false);
    expect(featuresOf('2.3.22', true).grpcImportReadsTree).toBe(true);
    expect(featuresOf('2.4.0', true).grpcImportReadsTree).toBe(false);
  });

  it('describes no database where there are none', () => {
    expect(featuresOf('99.0.0', false)).toMatchObject({ multiDatabase: false, describeDatabase: false });
  });
});
