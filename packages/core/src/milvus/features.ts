// One function: the whole package would cost every command 8 ms more at its start.
import gte from 'semver/functions/gte.js';
import type { MilvusFeatures } from './gateway.js';

/** What an unknown version counts as: builds without a number are the newest there is. */
export const newestVersion = '99.0.0';

/**
 * A server's version as MAJOR.MINOR.PATCH, or `null` when the text does not begin with three numbers. A leading `v`,
 * a fourth number and everything after it are dropped: a pre-release counts as its version.
 */
export function parseMilvusVersion(text: string): string | null {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/i.exec(text.trim()) ?? [];
  return major === undefined ? null : `${Number(major)}.${Number(minor)}.${Number(patch)}`;
}

/**
 * The version that decides about features. A nightly build tells its branch only (`2.6-20260404-abc`) and counts as
 * the newest patch of it; `master-20260404-abc` counts as {@link newestVersion}.
 * @param texts what the server said, the most trusted first
 */
export function effectiveVersion(texts: readonly string[]): string {
  for (const text of texts) {
    const exact = parseMilvusVersion(text);
    if (exact !== null) return exact;
  }
  for (const text of texts) {
    const [, major, minor, patch] =
      /(?:^v?|milvus[\s:/_-]*v?)(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])/i.exec(text.trim()) ?? [];
    if (major !== undefined) return `${Number(major)}.${Number(minor)}.${patch ? Number(patch) : 999_999}`;
  }
  return newestVersion;
}

/** All version gates of this tool. @param version MAJOR.MINOR.PATCH */
export function featuresOf(version: string, multiDatabase: boolean): MilvusFeatures {
  const from = (least: string): boolean => gte(version, least);
  return {
    multiDatabase,
    describeDatabase: multiDatabase && from('2.4.3'),
    restSegmentDetails: from('2.5.8'),
    replicateMessage: from('2.5.0') && !from('2.6.0'),
    restImport: from('2.4.0'),
    multiL0InOneJob: from('2.6.5'),
    collectionGc: from('2.6.8'),
    functionRuntimeCheck: from('2.6.8'),
    bulkFlush: from('2.6.11'),
    snapshot: from('3.0.0'),
    grpcImportReadsTree: !from('2.4.0'),
  };
}
