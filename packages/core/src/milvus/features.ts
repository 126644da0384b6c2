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

/** The first version that has a feature, and the first that has it no more; all by the gates of the Go tool. */
interface Gate {
  readonly since?: string;
  readonly until?: string;
  /** Where it is known from, and what hangs on it. */
  readonly why: string;
}

/** Every decision by version, in one place. Pre-releases count as their version; builds without a number as the newest. */
export const versionGates = {
  restImport: { since: '2.4.0', why: 'Go tool: import jobs by REST v2; 2.3.5 answers 404 (seen)' },
  grpcImportReadsTree: {
    until: '2.4.0',
    why: 'Milvus source: from 2.4 on an import path is the parent of segment folders; 2.3.5 reads a whole tree (seen)',
  },
  describeDatabase: { since: '2.4.3', why: 'Go tool: ids and properties of databases' },
  replicateMessage: { since: '2.5.0', until: '2.6.0', why: 'Go tool: position of the replication channel' },
  restSegmentDetails: { since: '2.5.8', why: 'Go tool: logs and vchannel of a segment by REST' },
  multiL0InOneJob: { since: '2.6.5', why: 'Go tool: restore' },
  collectionGc: { since: '2.6.8', why: 'Go tool: garbage collection paused for one collection, by ticket' },
  functionRuntimeCheck: { since: '2.6.8', why: 'Go tool: restore' },
  bulkFlush: { since: '2.6.11', why: 'Go tool: FlushAll is the automatic choice' },
  snapshot: { since: '3.0.0', why: 'Go tool (main): snapshot format' },
} as const satisfies Partial<Record<keyof MilvusFeatures, Gate>>;

/** @param version MAJOR.MINOR.PATCH @param multiDatabase whether the server answers ListDatabases: no version decides that */
export function featuresOf(version: string, multiDatabase: boolean): MilvusFeatures {
  const has = (feature: keyof typeof versionGates): boolean => {
    const { since = '0.0.0', until }: Gate = versionGates[feature];
    return gte(version, since) && (until === undefined || !gte(version, until));
  };
  return {
    multiDatabase,
    describeDatabase: multiDatabase && has('describeDatabase'),
    restSegmentDetails: has('restSegmentDetails'),
    replicateMessage: has('replicateMessage'),
    restImport: has('restImport'),
    multiL0InOneJob: has('multiL0InOneJob'),
    collectionGc: has('collectionGc'),
    functionRuntimeCheck: has('functionRuntimeCheck'),
    bulkFlush: has('bulkFlush'),
    snapshot: has('snapshot'),
    grpcImportReadsTree: has('grpcImportReadsTree'),
  };
}
