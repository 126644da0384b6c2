import { outcomesKey } from '../backup/outcomes.js';
import { BackupError, isBackupError } from '../errors/index.js';
import { backupPrefix, metaKey } from '../layout/index.js';
import { describeFile, encodeManifest, type ManifestItem, manifestKey } from '../manifest/index.js';
import { type BackupExtras, encodeExtras, readExtras, writeExtras } from '../meta/extras.js';
import { encodeMetaFile, metaWriteOrder, writeBackupMeta } from '../meta/index.js';
import type { BackupMeta } from '../meta/types.js';
import { placedSegments } from '../restore/backup-logs.js';
import type { RecordWriter } from '../task/record-writer.js';
import { readText } from '../transfer/read-text.js';
import { type ManifestPart, readManifestParts } from '../verify/manifest-pass.js';
import type { CompactRun } from './compact-run.js';
import { listCollection } from './copy-logs.js';

const maxOutcomes = 64 * 1024 * 1024;

/**
 * Makes a backup of what was copied and folded: the manifest, the metadata, and last the file that makes it one, put only where there is
 * none.
 * @param made the new delta logs by whole key, with their Base64 SHA-256
 * @throws BackupError; `BACKUP_IN_PROGRESS` when the name is no longer this run's, `BACKUP_EXISTS` when another run has committed
 */
export async function commitCompacted(
  run: CompactRun,
  meta: BackupMeta,
  made: ReadonlyMap<string, string>,
  record: RecordWriter,
  signal: AbortSignal,
): Promise<void> {
  const { store, root, source, output } = run;
  const { driver } = store;
  await record.save();
  const extras = await readExtras(driver, root, source, { signal });
  await writeExtras(driver, root, output, extras, { signal });
  await carryOutcomes(run, signal);
  const items = itemsOf(run, meta, extras, made, signal);
  await driver.put(manifestKey(root, output), encodeManifest(meta.id, items), { signal });
  try {
    await writeBackupMeta(driver, root, output, meta, {
      signal,
      beforeCommit: () => record.save(),
      commitOnce: driver.capabilities.conditionalPut === true,
    });
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'PRECONDITION_FAILED') throw error;
    await assertOurs(run, meta, error, signal);
  }
}

/** A backup of a part of what was asked for stays that. */
async function carryOutcomes(
  { store, root, source, output }: CompactRun,
  signal: AbortSignal,
): Promise<void> {
  const text = await readText(store.driver, outcomesKey(root, source), maxOutcomes, signal);
  const key = outcomesKey(root, output);
  if (text === null) await store.driver.delete([key], { signal });
  else await store.driver.put(key, new TextEncoder().encode(text), { signal });
}

async function* itemsOf(
  run: CompactRun,
  meta: BackupMeta,
  extras: BackupExtras,
  made: ReadonlyMap<string, string>,
  signal: AbortSignal,
): AsyncGenerator<ManifestItem> {
  for (const file of metaWriteOrder) yield describeFile(`meta/${file}`, encodeMetaFile(meta, file));
  const more = encodeExtras(extras);
  if (more) yield describeFile('meta/ts/extras.json', more);
  const left = new Set(meta.collection_backups.map((one) => one.collection_id));
  for await (const part of sourceParts(run, signal)) {
    if (left.delete(part.collection)) yield* itemsOfCollection(run, meta, part, made, signal);
  }
  for (const collection of left) {
    const untold = { collection, objects: new Map(), segments: new Map() };
    yield* itemsOfCollection(run, meta, untold, made, signal);
  }
}

/** None for a backup of the Go tool, which has no manifest. */
async function* sourceParts(
  { store, root, source }: CompactRun,
  signal: AbortSignal,
): AsyncGenerator<ManifestPart> {
  if ((await store.driver.head(manifestKey(root, source), { signal })) === null) return;
  yield* readManifestParts({ driver: store.driver, root, name: source, signal });
}

async function* itemsOfCollection(
  run: CompactRun,
  meta: BackupMeta,
  told: ManifestPart,
  made: ReadonlyMap<string, string>,
  signal: AbortSignal,
): AsyncGenerator<ManifestItem> {
  const base = backupPrefix(run.root, run.output);
  for (const [key, { size, etag }] of await listCollection(run, run.output, told.collection, signal)) {
    const path = key.slice(base.length);
    const { checksum, from } = told.objects.get(path) ?? {};
    const own = made.get(key);
    const sum = own === undefined ? checksum : ({ algorithm: 'sha256', value: own } as const);
    yield {
      type: 'object',
      key: path,
      size,
      ...(sum ? { checksum: sum } : {}),
      ...(etag === undefined ? {} : { etag }),
      ...(from && own === undefined ? { from } : {}),
    };
  }
  const collection = meta.collection_backups.find((one) => one.collection_id === told.collection);
  if (!collection) return;
  for (const { segment } of placedSegments(collection)) {
    yield {
      type: 'segment',
      collection: String(told.collection),
      partition: String(segment.partition_id),
      segment: String(segment.segment_id),
      rows: segment.num_of_rows,
    };
  }
}

/** A put whose answer was lost meets its own first try. */
async function assertOurs(
  { store, root, output }: CompactRun,
  meta: BackupMeta,
  cause: BackupError,
  signal: AbortSignal,
): Promise<void> {
  const key = metaKey(root, output, 'backup_meta.json');
  const wrote = Buffer.from(encodeMetaFile(meta, 'backup_meta.json')).toString('utf8');
  if ((await readText(store.driver, key, wrote.length * 4, signal)) === wrote) return;
  throw new BackupError({
    code: 'BACKUP_EXISTS',
    message: `another run has committed a backup named ${output} in the meantime`,
    remedy: 'check that backup with `verify`, and choose another --output for this one',
    cause,
    details: { name: output },
  });
}
