import type { ObjectInfo } from '../driver/driver.js';
import { nameKey } from '../filter/index.js';
import { backupPrefix, collectionFolder, parseBackupLogKey } from '../layout/index.js';
import type { ManifestObject } from '../manifest/index.js';
import type { CollectionMeta } from '../meta/types.js';
import { placedSegments } from '../restore/backup-logs.js';
import { sourceName } from '../restore/plan-targets.js';
import { type ExpectedLog, expectLogs, logName } from './expected-logs.js';
import { type ManifestPart, segmentName } from './manifest-pass.js';
import type { VerifyProblemKind } from './types.js';
import { reaches, type VerifyRun } from './verify-run.js';

/** One binlog that is there, with what is known of it. */
export interface LiveLog {
  /** Whole. */
  readonly key: string;
  /** Below the backup's folder. */
  readonly path: string;
  readonly info: ObjectInfo;
  /** Absent in a backup without manifest. */
  readonly told: ManifestObject | undefined;
  /** Absent for one that only the manifest tells of. */
  readonly expected: ExpectedLog | undefined;
}

/** What a collection's folders hold of what they should. */
export interface CollectionState {
  /** `database.collection` */
  readonly name: string;
  readonly id: bigint;
  readonly collection: CollectionMeta | undefined;
  /** Missing ones left out. */
  readonly logs: readonly LiveLog[];
}

/**
 * Looks for every binlog that the metadata or the manifest tells of in a listing, and compares rows of segments.
 * @param collection absent: only the manifest knows it
 * @param part `null` without a manifest; empty for a collection that it does not tell of
 */
export async function checkCollection(
  run: VerifyRun,
  id: bigint,
  collection: CollectionMeta | undefined,
  part: ManifestPart | null,
): Promise<CollectionState> {
  const { root, findings } = run;
  const base = backupPrefix(root, run.name);
  const name = collection ? nameKey(sourceName(collection)) : `collection ${id}`;
  const problem = (kind: VerifyProblemKind, key: string, message: string): void =>
    findings.problem({ kind, key, message, collection: name });
  const expected = collection ? [...expectLogs(root, run.name, collection)] : [];
  countSegments(run, collection, expected);
  if (part && collection) compareRows(collection, part, problem);
  if (!reaches(run, 'exists')) return { name, id, collection, logs: [] };

  const listed = await listFolders(run, base, id);
  const byName = new Map<string, string>();
  for (const key of listed.keys()) {
    const log = parseBackupLogKey(base, key);
    if (!log) continue;
    const field = log.kind === 'insert' ? log.ids.field : 0n;
    byName.set(logName({ ...log.ids, kind: log.kind, field }), key);
  }
  const logs = new Map<string, LiveLog>();
  const known = new Set<string>();
  for (const one of expected) {
    const key = byName.get(logName({ ...one, segment: one.segment.segment_id })) ?? one.key;
    const path = key.slice(base.length);
    known.add(key);
    const info = listed.get(key);
    const told = part?.objects.get(path);
    const what = `${one.kind} log ${one.log} (field ${one.field}) of segment ${one.segment.segment_id}`;
    if (!info) problem('missing', path, `${what} is missing`);
    else if (info.size !== one.size) {
      problem('size', path, `${what} has ${info.size} bytes, the metadata says ${one.size}`);
    } else if (part && !told) problem('meta', path, `${what} is not in the manifest`);
    else logs.set(key, { key, path, info, told, expected: one });
  }
  for (const [path, told] of part?.objects ?? []) {
    const key = base + path;
    if (known.has(key)) continue;
    known.add(key);
    const info = listed.get(key);
    if (!info) problem('missing', path, 'the object is missing, the manifest tells of it');
    else if (collection) problem('meta', path, 'the manifest tells of it, the metadata does not');
    else if (info.size !== told.size) {
      problem('size', path, `the object has ${info.size} bytes, the manifest says ${told.size}`);
    } else logs.set(key, { key, path, info, told, expected: undefined });
  }
  for (const key of listed.keys()) {
    if (!known.has(key)) findings.warn(`${key.slice(base.length)} does not belong to the backup`);
  }
  return { name, id, collection, logs: [...logs.values()] };
}

function countSegments(
  { findings, onProgress }: VerifyRun,
  collection: CollectionMeta | undefined,
  expected: readonly ExpectedLog[],
): void {
  if (!collection) return;
  const bytes = expected.reduce((sum, log) => sum + log.size, 0);
  let segments = 0;
  let rows = 0;
  for (const { segment } of placedSegments(collection)) {
    segments += 1;
    rows += segment.num_of_rows;
  }
  findings.count({ collections: 1, segments, rows, objects: expected.length, bytes });
  onProgress({});
}

function compareRows(
  collection: CollectionMeta,
  part: ManifestPart,
  problem: (kind: VerifyProblemKind, key: string, message: string) => void,
): void {
  const key = 'meta/full_meta.json';
  const seen = new Set<string>();
  for (const { segment } of placedSegments(collection)) {
    const name = segmentName(segment.partition_id, segment.segment_id);
    seen.add(name);
    const rows = part.segments.get(name);
    if (rows === undefined) problem('rows', key, `segment ${segment.segment_id} is not in the manifest`);
    else if (rows !== segment.num_of_rows) {
      problem(
        'rows',
        key,
        `segment ${segment.segment_id} has ${segment.num_of_rows} rows there, the manifest says ${rows}`,
      );
    }
  }
  for (const name of part.segments.keys()) {
    if (!seen.has(name)) problem('rows', key, `segment ${name} of the manifest is not in the metadata`);
  }
}

async function listFolders(run: VerifyRun, base: string, id: bigint): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  await Promise.all(
    (['insert', 'delta'] as const).map(async (kind) => {
      const folder = collectionFolder(base, kind, id);
      for await (const entry of run.driver.list(folder, { signal: run.signal })) {
        if (entry.type !== 'object' || (entry.size === 0 && entry.key.endsWith('/'))) continue;
        found.set(entry.key, entry);
      }
    }),
  );
  return found;
}
