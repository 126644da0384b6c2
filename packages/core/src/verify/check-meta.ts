import { createHash } from 'node:crypto';
import { isBackupError } from '../errors/index.js';
import { backupPrefix, type MetaFileName, metaFileNames, metaKey } from '../layout/index.js';
import type { ManifestObject } from '../manifest/index.js';
import {
  decodeFullMeta,
  decodeLevelled,
  decodeSnapshotLevelled,
  encodeMetaFile,
  maxMetaFileSize,
  requireKnownFormat,
  validateMeta,
} from '../meta/index.js';
import type { BackupMeta, SegmentMeta } from '../meta/types.js';
import { readText } from '../transfer/read-text.js';
import { Findings } from './findings.js';
import type { ManifestHead } from './manifest-pass.js';
import type { VerifyProblem } from './types.js';
import type { VerifyRun } from './verify-run.js';

type Texts = ReadonlyMap<MetaFileName, string>;

/**
 * The metadata files against the manifest and against each other.
 * @returns the tree; `null` when it cannot be read, and then the problem is among the findings
 */
export async function checkMeta(run: VerifyRun, manifest: ManifestHead): Promise<BackupMeta | null> {
  const texts = await readFiles(run);
  for (const [key, told] of manifest.files) await checkFile(run, key, told);
  if (manifest.state !== 'present' && texts.size > 0 && !texts.has('full_meta.json')) {
    run.findings.problem({
      kind: 'missing',
      key: 'meta/full_meta.json',
      message:
        'the file is missing; the others do not tell of level-0 deletes, users and databases, which a restore would lose',
      collection: null,
    });
  }
  const meta = readTree(run, texts);
  if (meta === null) return null;
  if (meta.name !== run.name) {
    run.findings.warn(`the metadata calls the backup ${JSON.stringify(meta.name)}: its folder was renamed`);
  }
  return meta;
}

/** The brief one is read by listings alone: what it says of name and size changes nothing in a restore. */
const restored: ReadonlySet<string> = new Set(
  (['collection_meta.json', 'partition_meta.json', 'segment_meta.json'] as const).map(
    (file) => `meta/${file}`,
  ),
);

/**
 * Where the files that a restore does not read contradict `full_meta.json`, which it does: of a backup of the Go tool nothing else
 * tells that rows are missing there. Files that are absent, or that cannot be read, contradict nothing.
 * @throws BackupError `META_UNREADABLE`, `META_UNSAFE`, `FORMAT_UNSUPPORTED`
 */
export async function findContradiction(run: VerifyRun): Promise<VerifyProblem | null> {
  const texts = await readFiles(run);
  const full = texts.get('full_meta.json');
  if (full === undefined) return null;
  const whole = checked(decodeFullMeta(full));
  const unreadable = { ...run, findings: new Findings(1) };
  const found = new Findings(maxContradictions);
  if (whole.format === 'snapshot') {
    const levelled = readSnapshotLevelled(unreadable, texts);
    if (levelled) compareSnapshots({ ...run, findings: found }, whole, levelled);
  } else {
    const levelled = readLevelled(unreadable, texts);
    if (levelled) compareTrees({ ...run, findings: found }, whole, levelled);
  }
  return found.facts().problems.find(({ key }) => restored.has(key)) ?? null;
}

/** One for each file, and the first segment. */
const maxContradictions = 5;

async function readFiles({ driver, root, name, signal }: VerifyRun): Promise<Texts> {
  const texts = new Map<MetaFileName, string>();
  for (const file of metaFileNames) {
    const text = await readText(driver, metaKey(root, name, file), maxMetaFileSize, signal);
    if (text !== null) texts.set(file, text);
  }
  return texts;
}

/** Streamed: the files of a large backup have hundreds of megabytes. */
async function checkFile(run: VerifyRun, key: string, told: ManifestObject): Promise<void> {
  const { driver, root, name, findings, signal } = run;
  const problem = (kind: 'missing' | 'size' | 'meta', message: string): void =>
    findings.problem({ kind, key, message, collection: null });
  const info = await driver.head(backupPrefix(root, name) + key, { signal });
  if (info === null) return problem('missing', 'the file is missing, the manifest tells of it');
  if (info.size !== told.size) {
    return problem('size', `the file has ${info.size} bytes, the manifest says ${told.size}`);
  }
  if (told.checksum?.algorithm !== 'sha256') return;
  const hash = createHash('sha256');
  const { body } = await driver.get(backupPrefix(root, name) + key, { signal });
  for await (const chunk of body) hash.update(chunk as Uint8Array);
  if (hash.digest('base64') !== told.checksum.value) {
    problem('meta', 'the file is not what the backup wrote: its SHA-256 differs from the manifest');
  }
}

function readTree(run: VerifyRun, texts: Texts): BackupMeta | null {
  const full = texts.get('full_meta.json');
  const whole =
    full === undefined ? undefined : attempt(run, 'full_meta.json', () => checked(decodeFullMeta(full)));
  const levelled = isSnapshot(texts, whole) ? readSnapshotLevelled(run, texts) : readLevelled(run, texts);
  if (whole && levelled) {
    if (whole.format === 'snapshot') compareSnapshots(run, whole, levelled);
    else compareTrees(run, whole, levelled);
  }
  // As a restore does it: a broken full_meta.json is no reason to fall back, but more can be told with the others.
  return whole ?? levelled ?? null;
}

function checked(meta: BackupMeta): BackupMeta {
  validateMeta(meta);
  requireKnownFormat(meta);
  return meta;
}

/** By `full_meta.json`, or by `backup_meta.json` where that cannot be read. */
function isSnapshot(texts: Texts, whole: BackupMeta | undefined): boolean {
  if (whole) return whole.format === 'snapshot';
  try {
    return decodeFullMeta(texts.get('backup_meta.json') ?? '{}').format === 'snapshot';
  } catch {
    return false;
  }
}

/** Of a backup that Milvus wrote: it has neither partitions nor segments in files of their own. */
function readSnapshotLevelled(run: VerifyRun, texts: Texts): BackupMeta | undefined {
  const [backup, collection] = (['backup_meta.json', 'collection_meta.json'] as const).map((file) => {
    const text = texts.get(file);
    if (text === undefined) missingFile(run, file);
    return text;
  });
  if (backup === undefined || collection === undefined) return undefined;
  return attempt(run, 'collection_meta.json', () => checked(decodeSnapshotLevelled({ backup, collection })));
}

function missingFile(run: VerifyRun, file: MetaFileName): void {
  run.findings.problem({
    kind: 'missing',
    key: `meta/${file}`,
    message: 'the file is missing; every version of both tools writes it',
    collection: null,
  });
}

function compareSnapshots(run: VerifyRun, whole: BackupMeta, levelled: BackupMeta): void {
  for (const file of ['backup_meta.json', 'collection_meta.json'] as const) {
    if (Buffer.compare(encodeMetaFile(whole, file), encodeMetaFile(levelled, file)) !== 0) differs(run, file);
  }
}

function differs({ findings }: VerifyRun, file: MetaFileName): void {
  findings.problem({
    kind: 'meta',
    key: `meta/${file}`,
    message: 'it does not say what full_meta.json says: one of the two is damaged',
    collection: null,
  });
}

function readLevelled(run: VerifyRun, texts: Texts): BackupMeta | undefined {
  const text = (file: MetaFileName): string => {
    const found = texts.get(file);
    if (found !== undefined) return found;
    missingFile(run, file);
    return '{}';
  };
  const all = {
    backup: text('backup_meta.json'),
    collection: text('collection_meta.json'),
    partition: text('partition_meta.json'),
    segment: text('segment_meta.json'),
  };
  if (
    (['collection_meta.json', 'partition_meta.json', 'segment_meta.json'] as const).some((f) => !texts.has(f))
  )
    return undefined;
  return attempt(run, 'backup_meta.json', () => checked(decodeLevelled(all)));
}

/** @param file to blame when the error names none */
function attempt<T>(run: VerifyRun, file: MetaFileName, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isBackupError(error) || error.code === 'FORMAT_UNSUPPORTED') throw error;
    const told = error.details.file;
    const named = metaFileNames.find((one) => one === told) ?? file;
    run.findings.problem({ kind: 'meta', key: `meta/${named}`, message: error.message, collection: null });
    return undefined;
  }
}

/** Rows, sizes and logs of each segment in `full_meta.json` and in the file for segments. */
function compareTrees(run: VerifyRun, given: BackupMeta, levelled: BackupMeta): void {
  const { findings } = run;
  const whole = countedByLevel(given);
  for (const file of ['backup_meta.json', 'collection_meta.json', 'partition_meta.json'] as const) {
    if (Buffer.compare(encodeMetaFile(whole, file), encodeMetaFile(levelled, file)) !== 0) differs(run, file);
  }
  const other = new Map([...segmentsOf(levelled)].map((one) => [nameOf(one), one]));
  for (const collection of whole.collection_backups) {
    const name = `${collection.db_name || 'default'}.${collection.collection_name}`;
    const differ = (what: string): void =>
      findings.problem({ kind: 'meta', key: 'meta/segment_meta.json', message: what, collection: name });
    for (const partition of collection.partition_backups) {
      for (const segment of partition.segment_backups) {
        const twin = other.get(nameOf(segment));
        if (!twin) differ(`it lacks segment ${segment.segment_id}, which full_meta.json has`);
        else if (factsOf(twin) !== factsOf(segment)) {
          differ(
            `segment ${segment.segment_id} has ${describe(twin)} there, and ${describe(segment)} in full_meta.json`,
          );
        }
      }
    }
  }
}

/** Sizes as the levelled files give them: by the segments of partitions, without the L0 segments that they do not have. */
function countedByLevel(meta: BackupMeta): BackupMeta {
  const sum = (list: readonly { readonly size: number }[]): number =>
    list.reduce((total, one) => total + one.size, 0);
  const collections = meta.collection_backups.map((collection) => {
    const partitions = collection.partition_backups.map((one) => ({
      ...one,
      size: sum(one.segment_backups),
    }));
    return { ...collection, partition_backups: partitions, size: sum(partitions) };
  });
  return { ...meta, collection_backups: collections, size: sum(collections) };
}

function* segmentsOf(meta: BackupMeta): Generator<SegmentMeta> {
  for (const collection of meta.collection_backups) {
    for (const partition of collection.partition_backups) yield* partition.segment_backups;
  }
}

const nameOf = (segment: SegmentMeta): string =>
  `${segment.collection_id}/${segment.partition_id}/${segment.segment_id}`;

function factsOf(segment: SegmentMeta): string {
  const logs = [segment.binlogs, segment.deltalogs].map((fields) =>
    fields
      .flatMap((field) =>
        field.binlogs.map((log) => `${field.fieldID}/${log.log_id || log.log_path}:${log.log_size}`),
      )
      .sort(),
  );
  return JSON.stringify([segment.num_of_rows, segment.size, String(segment.group_id), logs]);
}

function describe(segment: SegmentMeta): string {
  const logs = [...segment.binlogs, ...segment.deltalogs].reduce((sum, one) => sum + one.binlogs.length, 0);
  return `${segment.num_of_rows} rows in ${logs} logs of ${segment.size} bytes`;
}
