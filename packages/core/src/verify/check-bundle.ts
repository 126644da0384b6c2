import { bundleFolder } from '../backup/snapshot/metadata-path.js';
import type { ObjectInfo } from '../driver/driver.js';
import { nameKey } from '../filter/index.js';
import { backupPrefix } from '../layout/index.js';
import { type FolderGroup, groupByFolder, manifestKey, openManifest } from '../manifest/index.js';
import type { BackupMeta } from '../meta/types.js';
import { sourceName } from '../restore/plan-targets.js';
import type { LiveLog } from './check-collection.js';
import { checkContents } from './check-contents.js';
import type { ContentProofs } from './content-proofs.js';
import type { ManifestHead } from './manifest-pass.js';
import { reaches, type VerifyRun } from './verify-run.js';

const start = `${bundleFolder}/`;

/**
 * What Milvus has written of a backup in the snapshot format, as far as anybody knows of it: the manifest, which a backup of the Go
 * tool has not, tells all of its objects; the metadata where each collection's own metadata lies.
 * @param meta `null`: it cannot be read
 */
export async function checkBundle(
  run: VerifyRun,
  manifest: ManifestHead,
  meta: BackupMeta | null,
  proofs: ContentProofs,
): Promise<void> {
  if (meta !== null && meta.format !== 'snapshot') return;
  const wanted = new Map(
    meta?.collection_backups.map((one) => [one.snapshot_backup?.metadata_path ?? '', sourceName(one)]),
  );
  if (manifest.state !== 'present') return await checkPaths(run, wanted);
  const items = await openManifest(run.driver, manifestKey(run.root, run.name), run.signal);
  if (items === null) return;
  let count = 0;
  for await (const group of groupByFolder(items, start)) {
    run.onStep(`checking ${group.folder}`);
    for (const path of group.objects.keys()) wanted.delete(path);
    count += group.objects.size;
    await checkGroup(run, group, proofs);
  }
  for (const [path, at] of wanted) {
    const message = 'the metadata tells of it, the manifest does not';
    run.findings.problem({ kind: 'meta', key: path, message, collection: nameKey(at) });
  }
  if (count === 0 || !reaches(run, 'exists')) return;
  await warnOfMore(run, count);
  if (!reaches(run, 'decode')) return;
  run.findings.warn(
    'the data of a backup in the snapshot format is in files of a layout of Milvus: what was chosen of it is read and held against its sums, and not decoded',
  );
}

async function checkGroup(
  run: VerifyRun,
  { folder, deep, objects }: FolderGroup,
  proofs: ContentProofs,
): Promise<void> {
  const { driver, root, name, findings, signal } = run;
  const bytes = [...objects.values()].reduce((sum, { size }) => sum + size, 0);
  findings.count({ objects: objects.size, bytes });
  if (!reaches(run, 'exists')) return;
  const base = backupPrefix(root, name);
  const listed = new Map<string, ObjectInfo>();
  const options = deep ? { signal } : ({ delimiter: '/', signal } as const);
  for await (const entry of driver.list(base + folder, options)) {
    if (entry.type === 'object') listed.set(entry.key, entry);
  }
  const logs: LiveLog[] = [];
  for (const [path, told] of objects) {
    const key = base + path;
    const info = listed.get(key);
    const problem = (kind: 'missing' | 'size', message: string): void =>
      findings.problem({ kind, key: path, message, collection: null });
    if (!info) problem('missing', 'the object is missing, the manifest tells of it');
    else if (info.size !== told.size) {
      problem('size', `the object has ${info.size} bytes, the manifest says ${told.size}`);
    } else logs.push({ key, path, info, told, expected: undefined });
  }
  const level = run.level === 'decode' ? 'read' : run.level;
  const state = { name: bundleFolder, id: 0n, collection: undefined, logs };
  await checkContents({ ...run, level }, state, proofs);
}

/** Without a manifest: nobody has told what else there is. */
async function checkPaths(
  run: VerifyRun,
  wanted: ReadonlyMap<string, { readonly database: string; readonly collection: string }>,
): Promise<void> {
  const { driver, root, name, findings, signal } = run;
  for (const [path, at] of wanted) {
    findings.count({ objects: 1 });
    if (!reaches(run, 'exists')) continue;
    const info = await driver.head(backupPrefix(root, name) + path, { signal });
    if (info !== null) findings.count({ bytes: info.size });
    else {
      const message = 'the metadata of the snapshot is missing';
      findings.problem({ kind: 'missing', key: path, message, collection: nameKey(at) });
    }
  }
  findings.warn(
    'the bundle that Milvus wrote is not told object by object: a backup of the Go tool has no manifest',
  );
}

async function warnOfMore(run: VerifyRun, told: number): Promise<void> {
  const { driver, root, name, findings, signal } = run;
  let found = 0;
  for await (const entry of driver.list(`${backupPrefix(root, name)}${start}`, { signal })) {
    if (entry.type === 'object' && !(entry.size === 0 && entry.key.endsWith('/'))) found += 1;
  }
  if (found > told) {
    findings.warn(`${start} holds ${found - told} objects that do not belong to the backup`);
  }
}
