import { dirname } from 'node:path';
import type { StorageSection } from '../config/types.js';
import type { StorageDriver } from '../driver/driver.js';
import { driverRoot } from '../driver/driver-root.js';
import { throwIfAborted } from '../errors/index.js';
import type { CollectionName } from '../filter/types.js';
import { type MilvusSegmentIds, milvusSegmentFolder, rootPrefix } from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';
import type { Store } from '../transfer/transfer.js';
import { type Finding, failed, ok, warning } from './finding.js';
import { bucketOf } from './store-access.js';

/** A segment that Milvus says is in its store. */
export interface SampleSegment {
  readonly at: CollectionName;
  readonly ids: MilvusSegmentIds;
  readonly rows: number;
}

/** Segments that are looked for, of as many collections, and collections that are asked for them. */
const samplesWanted = 3;
const collectionsAsked = 50;
/** Places that are looked at for files that are not where they should be. */
const candidatesTried = 200;
const lookedAtOnce = 16;
/** Buckets of the usual installations. */
const usualBuckets = ['a-bucket', 'milvus-bucket'];

/** A few flushed segments with rows; empty when Milvus has none. */
export async function sampleSegments(
  milvus: MilvusGateway,
  collections: readonly CollectionName[],
  signal: AbortSignal,
): Promise<readonly SampleSegment[]> {
  const found: SampleSegment[] = [];
  for (const at of collections.slice(0, collectionsAsked)) {
    if (found.length >= samplesWanted) break;
    const facts = await milvus.listSegments(at, { signal });
    const one = facts.find((fact) => fact.state === 'Flushed' && !fact.isL0 && fact.rows > 0);
    if (!one) continue;
    const { collectionId } = await milvus.describeCollection(at, { signal });
    const ids = { collection: collectionId, partition: one.partitionId, segment: one.id };
    found.push({ at, ids, rows: one.rows });
  }
  return found;
}

export interface RootPathInput {
  readonly milvus: MilvusGateway;
  readonly collections: readonly CollectionName[];
  readonly section: StorageSection;
  /** `null`: its bucket is not there. */
  readonly store: Store | null;
  readonly hasData: boolean;
  /** Other buckets worth a look, besides the usual ones. */
  readonly otherBuckets: readonly string[];
  /** Opens another place with the same credentials; closed here. */
  readonly openPlace: (section: StorageSection) => Promise<StorageDriver>;
}

/** Whether the store of Milvus, as configured, holds what Milvus says it has; and if not, where that lies. */
export async function checkRootPath(input: RootPathInput, signal: AbortSignal): Promise<Finding> {
  const { section, store } = input;
  const samples = await sampleSegments(input.milvus, input.collections, signal);
  const place = `${bucketOf({ section })}${section.provider === 'local' ? '' : ` under root path ${driverRoot(section) || '/'}`}`;
  const [sample] = samples;
  if (sample === undefined) {
    if (store === null) return failed(`${bucketOf({ section })} does not exist`, pathRemedy(section));
    return input.hasData
      ? ok(`${place} holds data; Milvus has no flushed rows to compare it with`)
      : warning(
          `Milvus root path is empty: nothing lies in ${place}`,
          `${pathRemedy(section)}; a Milvus without data is empty too`,
        );
  }
  if (store !== null) {
    const { driver } = store;
    const root = driverRoot(section);
    const there = await Promise.all(samples.map((one) => holds(driver, root, one.ids, signal)));
    const missing = samples.filter((_, index) => there[index] !== true);
    if (missing.length === 0)
      return ok(`${place} holds the files of ${samples.length} segments that Milvus named`);
    if (missing.length < samples.length) return someMissing(input, missing, place, signal);
  }
  const { at, ids, rows } = sample;
  const message = `${place} holds no files of segment ${ids.segment} of ${at.database}.${at.collection}, in which Milvus has ${rows} rows`;
  const suggestion = await findElsewhere(input, ids, signal);
  return failed(
    message,
    suggestion === null ? pathRemedy(section) : `${suggestion}: the files of Milvus lie there`,
  );
}

/** Compaction may have replaced a segment while it was looked for. */
async function someMissing(
  { milvus }: RootPathInput,
  missing: readonly SampleSegment[],
  place: string,
  signal: AbortSignal,
): Promise<Finding> {
  const lost: SampleSegment[] = [];
  for (const one of missing) {
    const facts = await milvus.listSegments(one.at, { signal });
    if (facts.some((fact) => fact.id === one.ids.segment && fact.state === 'Flushed')) lost.push(one);
  }
  if (lost.length === 0) return ok(`${place} holds the files of the segments that Milvus named`);
  const names = lost.map((one) => `${one.ids.segment} of ${one.at.database}.${one.at.collection}`).join(', ');
  return warning(
    `${place} holds no files of segment ${names}`,
    'a backup of these collections fails: files of Milvus are lost, or lie elsewhere',
  );
}

async function holds(
  driver: StorageDriver,
  root: string,
  ids: MilvusSegmentIds,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const _entry of driver.list(milvusSegmentFolder(root, 'insert', ids), { signal })) return true;
  return false;
}

/** What to set, as the beginning of a sentence; `null` when the files were not found. */
async function findElsewhere(
  input: RootPathInput,
  ids: MilvusSegmentIds,
  signal: AbortSignal,
): Promise<string | null> {
  const { section, store } = input;
  const key = `${section.path}.rootPath`;
  const root = driverRoot(section);
  if (section.provider === 'local') {
    const below = store === null ? null : await findRoot(store.driver, root, ids, signal);
    if (below !== null) return `set ${key} to "${joinPath(section.rootPath, below)}"`;
    const parent = dirname(section.rootPath);
    const beside = await lookInto(input, { ...section, rootPath: parent }, '', ids, signal);
    return beside === null ? null : `set ${key} to "${joinPath(parent, beside)}"`;
  }
  const here = store === null ? null : await findRoot(store.driver, root, ids, signal);
  if (here !== null) return `set ${key} to "${here}"`;
  const buckets = new Set([...input.otherBuckets, ...usualBuckets]);
  buckets.delete(section.bucketName);
  for (const bucketName of buckets) {
    const there = await lookInto(input, { ...section, bucketName }, root, ids, signal);
    if (there === null) continue;
    const rootToo = there === root ? '' : ` and ${key} to "${there}"`;
    return `set ${section.path}.bucketName to "${bucketName}"${rootToo}`;
  }
  return null;
}

/** A place that is not there, or that these credentials may not see, is no suggestion. */
async function lookInto(
  input: RootPathInput,
  section: StorageSection,
  root: string,
  ids: MilvusSegmentIds,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const driver = await input.openPlace(section);
    try {
      if (!(await driver.bucketExists({ signal }))) return null;
      return await findRoot(driver, root, ids, signal);
    } finally {
      await driver.close();
    }
  } catch {
    throwIfAborted(signal);
    return null;
  }
}

/** The root under which the segment lies: the one given, one level around it, or one level below the bucket. */
async function findRoot(
  driver: StorageDriver,
  root: string,
  ids: MilvusSegmentIds,
  signal: AbortSignal,
): Promise<string | null> {
  const parent = root.includes('/') ? root.slice(0, root.lastIndexOf('/')) : '';
  const candidates = new Set([root, parent, '']);
  for (const base of [root, parent, '']) {
    for await (const entry of driver.list(rootPrefix(base), { delimiter: '/', signal })) {
      if (candidates.size >= candidatesTried) break;
      if (entry.type === 'prefix') candidates.add(entry.prefix.slice(0, -1));
    }
  }
  const found: string[] = [];
  await runAll(
    candidates,
    lookedAtOnce,
    async (candidate, inner) => {
      if (await holds(driver, candidate, ids, inner)) found.push(candidate);
    },
    signal,
  );
  return found[0] ?? null;
}

const joinPath = (...parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .join('/')
    .replace(/\/{2,}/g, '/');

const pathRemedy = (section: StorageSection): string =>
  section.provider === 'local'
    ? `compare ${section.path}.rootPath with localStorage.path in the configuration of Milvus`
    : `compare ${section.path}.bucketName and rootPath with minio.bucketName and minio.rootPath in the configuration of Milvus: ` +
      'Docker Compose has a-bucket and files, Helm and Operator have milvus-bucket and file';
