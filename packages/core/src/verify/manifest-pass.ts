import { BackupError, isBackupError } from '../errors/index.js';
import { type ManifestObject, openManifest } from '../manifest/index.js';
import { manifestKey } from '../manifest/manifest-key.js';
import type { VerifyRun } from './verify-run.js';

/** What the manifest tells of one collection. */
export interface ManifestPart {
  readonly collection: bigint;
  /** By key below the backup's folder. */
  readonly objects: ReadonlyMap<string, ManifestObject>;
  /** Rows by {@link segmentName}. */
  readonly segments: ReadonlyMap<string, number>;
}

interface Part extends ManifestPart {
  readonly objects: Map<string, ManifestObject>;
  readonly segments: Map<string, number>;
}

export const segmentName = (partition: bigint | string, segment: bigint | string): string =>
  `${partition}/${segment}`;

export interface ManifestHead {
  readonly state: 'present' | 'absent' | 'damaged';
  /** What is no data: the metadata files, by key below the backup's folder. */
  readonly files: ReadonlyMap<string, ManifestObject>;
}

/**
 * Reads the manifest once to the end, without holding its objects: only then can it be trusted. A damaged one is a problem, and
 * then no word of it is believed.
 */
export async function checkManifest(run: VerifyRun): Promise<ManifestHead> {
  const { driver, root, name, findings, signal } = run;
  const key = manifestKey(root, name);
  const files = new Map<string, ManifestObject>();
  try {
    const items = await openManifest(driver, key, signal);
    if (items === null) return { state: 'absent', files };
    for await (const item of items) {
      if (item.type === 'object' && !isData.test(item.key)) files.set(item.key, item);
    }
    return { state: 'present', files };
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'META_UNREADABLE') throw error;
    findings.problem({
      kind: 'meta',
      key: 'meta/ts/manifest.ndjson',
      message: `the manifest is damaged: ${error.message}`,
      collection: null,
    });
    return { state: 'damaged', files: new Map() };
  }
}

/** Not held: binlogs, and what Milvus has written. */
const isData = /^(?:binlogs|bundle)\//;

const binlogPattern = /^binlogs\/(?:insert|delta)_log\/(\d+)\//;

/**
 * The manifest collection by collection, as it was written; only one is held at a time. Objects that belong to no collection
 * are passed over: {@link checkManifest} has them.
 * @throws BackupError `META_UNREADABLE`
 */
export async function* readManifestParts(
  run: Pick<VerifyRun, 'driver' | 'root' | 'name' | 'signal'>,
): AsyncGenerator<ManifestPart> {
  const items = await openManifest(run.driver, manifestKey(run.root, run.name), run.signal);
  if (items === null) throw gone(run);
  let part = null as Part | null;
  for await (const item of items) {
    const id = item.type === 'segment' ? item.collection : binlogPattern.exec(item.key)?.[1];
    if (id === undefined) continue;
    const collection = BigInt(id);
    if (part?.collection !== collection) {
      if (part) yield part;
      part = { collection, objects: new Map(), segments: new Map() };
    }
    if (item.type === 'object') part.objects.set(item.key, item);
    else part.segments.set(segmentName(item.partition, item.segment), item.rows);
  }
  if (part) yield part;
}

function gone({ name }: Pick<VerifyRun, 'name'>): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} was deleted while it was verified`,
    remedy: 'see the names with `list`',
    details: { name },
  });
}
