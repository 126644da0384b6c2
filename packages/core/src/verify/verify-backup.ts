import { BackupError } from '../errors/index.js';
import { backupPrefix, checkExistingBackupName, tsPrefix } from '../layout/index.js';
import { backupMetaExists } from '../meta/index.js';
import type { BackupMeta, CollectionMeta } from '../meta/types.js';
import { checkBundle } from './check-bundle.js';
import { checkCollection } from './check-collection.js';
import { checkContents } from './check-contents.js';
import { checkMeta, findContradiction } from './check-meta.js';
import { ContentProofs } from './content-proofs.js';
import { Findings } from './findings.js';
import { checkManifest, type ManifestHead, type ManifestPart, readManifestParts } from './manifest-pass.js';
import { createChooser } from './subset.js';
import type { VerifyReport, VerifyRequest } from './types.js';
import { reaches, type VerifyRun } from './verify-run.js';

const defaultMaxProblems = 100;

export interface VerifyInput extends Pick<VerifyRun, 'driver' | 'root' | 'concurrency' | 'signal'> {
  readonly request: VerifyRequest;
  /** How the report calls the store. */
  readonly from: string;
  readonly now: () => number;
  readonly onProgress?: VerifyRun['onProgress'];
  readonly onStep?: VerifyRun['onStep'];
}

/**
 * Holds a committed backup against its metadata and, where it has one, its manifest. What is wrong is in the report; memory is
 * bounded by the metadata and the objects of one collection. Nothing is written.
 * @throws BackupError `BACKUP_NOT_FOUND`, `INVALID_BACKUP_NAME`, `INVALID_ARGUMENT`, `FORMAT_UNSUPPORTED` for a backup of a
 * format that nobody knows, and errors of the store
 */
export async function verifyBackup(input: VerifyInput): Promise<VerifyReport> {
  const { request, driver, root, now, signal } = input;
  const { name, level = 'checksum', subset, seed = '', maxProblems = defaultMaxProblems } = request;
  checkExistingBackupName(name);
  const chosen = createChooser(subset, seed);
  const startedAt = now();
  const findings = new Findings(maxProblems);
  const run: VerifyRun = {
    driver,
    root,
    name,
    level,
    chosen,
    concurrency: input.concurrency,
    findings,
    onProgress: input.onProgress ?? (() => {}),
    onStep: input.onStep ?? (() => {}),
    signal,
  };
  if (!(await backupMetaExists(driver, root, name, { signal }))) throw notFound(name);
  run.onStep('checking the manifest and the metadata');
  const manifest = await checkManifest(run);
  const meta = await checkMeta(run, manifest);
  const proofs = new ContentProofs(findings, maxProblems);
  await checkCollections(run, manifest, meta, proofs);
  await checkBundle(run, manifest, meta, proofs);
  proofs.settle();
  if (reaches(run, 'exists')) await warnOfStrangers(run, meta);
  return {
    name,
    from: input.from,
    level,
    subset: subset ?? null,
    manifest: manifest.state,
    startedAt,
    endedAt: now(),
    ...findings.facts(),
  };
}

/**
 * Whatever can be told without reading the data, of some collections of a backup; what a restore asks before it changes
 * anything. Quick where the etags are those of the manifest.
 * @throws BackupError `VERIFY_FAILED` naming the first damage
 */
export async function assertUndamaged(
  input: Pick<VerifyRun, 'driver' | 'root' | 'name' | 'concurrency' | 'signal'>,
  collections: Iterable<CollectionMeta>,
  level: 'meta' | 'checksum',
): Promise<void> {
  const findings = new Findings(10);
  const run: VerifyRun = {
    ...input,
    level,
    chosen: () => false,
    findings,
    onProgress: () => {},
    onStep: () => {},
  };
  const manifest = await checkManifest(run);
  if (manifest.state === 'absent') {
    const lie = await findContradiction(run);
    if (lie) throw damaged(run, lie.key, lie.message, manifest);
    return;
  }
  const meta = await checkMeta(run, manifest);
  const wanted = new Map([...collections].map((one) => [one.collection_id, one]));
  if (manifest.state === 'present' && findings.total === 0) {
    const proofs = new ContentProofs(findings, 10);
    for await (const part of readManifestParts(run)) {
      const collection = wanted.get(part.collection);
      if (!collection) continue;
      await checkContents(run, await checkCollection(run, part.collection, collection, part), proofs);
      if (findings.total > 0) break;
    }
    if (findings.total === 0) await checkBundle(run, manifest, meta, proofs);
    proofs.settle();
  }
  const { first } = findings;
  if (first) throw damaged(run, first.key, first.message, manifest);
}

async function checkCollections(
  run: VerifyRun,
  manifest: ManifestHead,
  meta: BackupMeta | null,
  proofs: ContentProofs,
): Promise<void> {
  const left = new Map((meta?.collection_backups ?? []).map((one) => [one.collection_id, one]));
  const check = async (id: bigint, collection: CollectionMeta | undefined, part: ManifestPart | null) => {
    const name = collection ? `${collection.db_name || 'default'}.${collection.collection_name}` : `${id}`;
    run.onStep(`checking ${name}`);
    await checkContents(run, await checkCollection(run, id, collection, part), proofs);
  };
  if (manifest.state === 'present') {
    for await (const part of readManifestParts(run)) {
      const collection = left.get(part.collection);
      left.delete(part.collection);
      if (!collection && meta) {
        run.findings.problem({
          kind: 'meta',
          key: 'meta/full_meta.json',
          message: `collection ${part.collection} of the manifest is not in the metadata`,
          collection: null,
        });
      }
      await check(part.collection, collection, part);
    }
  }
  for (const [id, collection] of left) {
    const none = { collection: id, objects: new Map(), segments: new Map() };
    await check(id, collection, manifest.state === 'present' ? none : null);
  }
}

/** Files that the Go tool writes beside those that it reads. */
const knownFiles = /^meta\/(?:backup|collection|partition|segment|full|channel_cp)_meta\.json$/;

/** Tells of whole folders of collections that are not in the backup, and of files that nobody knows. */
async function warnOfStrangers(run: VerifyRun, meta: BackupMeta | null): Promise<void> {
  const { driver, root, name, signal, findings } = run;
  const base = backupPrefix(root, name);
  const own = tsPrefix(root, name);
  const ids = new Set(meta?.collection_backups.map((one) => String(one.collection_id)));
  const skip = new Set([own, `${base}meta/`, `${base}binlogs/`]);
  if (meta === null || meta.format === 'snapshot') skip.add(`${base}bundle/`);
  for (const branch of ['', 'meta/', 'binlogs/', 'binlogs/insert_log/', 'binlogs/delta_log/']) {
    for await (const entry of driver.list(base + branch, { delimiter: '/', signal })) {
      const key = entry.type === 'prefix' ? entry.prefix : entry.key;
      const path = key.slice(base.length);
      const collection = /^binlogs\/(?:insert|delta)_log\/([^/]*)\/?$/.exec(path)?.[1];
      const known =
        skip.has(key) ||
        key === base + branch ||
        knownFiles.test(path) ||
        /^binlogs\/(?:insert|delta)_log\/$/.test(path) ||
        (collection !== undefined && (meta === null || ids.has(collection)));
      if (!known) findings.warn(`${path} does not belong to the backup`);
    }
  }
}

function damaged({ name }: VerifyRun, key: string, message: string, manifest: ManifestHead): BackupError {
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `backup ${name} is damaged: ${key}: ${message}`,
    remedy:
      manifest.state === 'absent'
        ? 'see all damage with `verify --decode`. Restores read full_meta.json alone: when that is the right one, remove the other file. Nothing was changed in Milvus'
        : manifest.state === 'damaged'
          ? 'check the backup with `verify --decode`; when all else of it is whole, remove that file: a backup without manifest is restored by its metadata alone. Nothing was changed in Milvus'
          : 'see all damage with `verify`, and restore another backup; nothing was changed in Milvus',
    details: { name, key },
  });
}

function notFound(name: string): BackupError {
  return new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: `backup ${name} not found`,
    remedy: 'see the names with `list`; check the bucket and root path of the backup storage',
    details: { name },
  });
}
