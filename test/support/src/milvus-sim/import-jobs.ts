import { channelOfKey } from './rpc-data.js';
import { primaryKey, storedFields } from './schema.js';
import { readDeletesOf, readSegment, writeSegment } from './segment-files.js';
import { adoptL0, appendRows, keyText, makeSegment } from './segments.js';
import { badParameter } from './sim-error.js';
import type { Collection, Segment } from './types.js';
import { allPartitions, findCollection, findPartition, type World } from './world.js';

export interface ImportRequest {
  readonly database: string;
  readonly collection: string;
  /** Empty: the default one, or with L0 all. */
  readonly partition: string;
  /** Each with an insert folder and maybe a delta folder, or with the delta folder of an L0 segment. */
  readonly files: readonly (readonly string[])[];
  readonly options: ReadonlyMap<string, string>;
}

export interface ImportJob {
  readonly id: string;
  readonly request: ImportRequest;
  readonly collectionId: bigint;
  /** `uncommitted`: the rows are there, and nobody sees them yet. */
  state: 'pending' | 'importing' | 'uncommitted' | 'completed' | 'failed';
  /** Makes the rows visible. */
  show: () => void | Promise<void>;
  /** 0–100. */
  progress: number;
  rows: number;
  reason: string;
  segmentIds: readonly bigint[];
}

/** By `dataCoord.import.maxImportFileNumPerReq`. */
const maxFiles = 1024;
const maxJobs = 1024;

/** Takes a job and carries it out in the background. @throws SimError for what is refused at once */
export function startImport(
  world: World,
  request: ImportRequest,
  id: string = String(world.clock.nextId()),
): ImportJob {
  const collection = findCollection(world, request.database, request.collection);
  if (request.partition !== '') findPartition(collection, request.partition);
  const { options, files } = request;
  const isBackup = options.get('backup') === 'true';
  const isL0 = options.get('l0_import') === 'true';
  const hasPartitionKey = collection.schema.fields.some((field) => field.is_partition_key);
  if (hasPartitionKey && request.partition !== '' && !isBackup && !isL0) {
    throw badParameter('not allow to set partition name for collection with partition key');
  }
  if (!isBackup && !isL0)
    throw badParameter('the simulator imports backups only: option backup or l0_import is missing');
  if (isL0 && !world.version.l0Segments)
    throw badParameter(`Milvus ${world.version.number} knows no L0 segments`);
  if (files.length === 0) throw badParameter('import request is empty');
  if (files.length > maxFiles) {
    throw badParameter(
      `The max number of import files should not exceed ${maxFiles}, but got ${files.length}`,
    );
  }
  const going = [...world.imports.values()].filter(
    ({ state }) => state !== 'completed' && state !== 'failed',
  );
  if (going.length >= maxJobs)
    throw badParameter(`The number of jobs has reached the limit, please try again later. limit:${maxJobs}`);
  if (options.get('storage_version') === '3') {
    throw badParameter('StorageV3 backup import requires an exact manifest of each segment');
  }
  const job: ImportJob = {
    id,
    request,
    collectionId: collection.id,
    state: 'pending',
    show: () => undefined,
    progress: 0,
    rows: 0,
    reason: '',
    segmentIds: [],
  };
  world.imports.set(job.id, job);
  void run(world, job, isL0);
  return job;
}

async function run(world: World, job: ImportJob, isL0: boolean): Promise<void> {
  const { database, collection: name, partition } = job.request;
  try {
    job.state = 'importing';
    await (isL0 ? importL0(world, job) : importData(world, job));
    const collection = world.databases.get(database)?.collections.get(name);
    if (collection?.id !== job.collectionId)
      throw new Error(`collection ${name} was dropped during the import, partition ${partition}`);
    job.progress = 99;
    job.state = 'uncommitted';
    if (!world.version.twoPhaseImport || job.request.options.get('auto_commit') !== 'false')
      await commit(job);
  } catch (error) {
    job.state = 'failed';
    job.reason = error instanceof Error ? error.message : String(error);
  }
}

/** Shows the rows of a job that waits for it. @throws Error for one that does not */
export async function commitImport(world: World, id: string): Promise<void> {
  const job = world.imports.get(id);
  if (job?.state !== 'uncommitted')
    throw new Error(`import ${id} is ${job?.state ?? 'unknown'}, and no commit is due`);
  await commit(job);
}

async function commit(job: ImportJob): Promise<void> {
  await job.show();
  job.progress = 100;
  job.state = 'completed';
}

/** What is told of a job: a stalled one goes no further than it was told to. */
export function viewOf(
  world: World,
  job: ImportJob,
): Pick<ImportJob, 'state' | 'progress' | 'rows' | 'reason'> {
  const { stalledAt, failReason } = world.faults.imports;
  if (failReason !== undefined)
    return { state: 'failed', progress: job.progress, rows: 0, reason: failReason };
  if (stalledAt !== undefined) return { state: 'importing', progress: stalledAt, rows: 0, reason: '' };
  return job;
}

async function importData(world: World, job: ImportJob): Promise<void> {
  const { request } = job;
  const collection = findCollection(world, request.database, request.collection);
  const partition = findPartition(collection, request.partition || defaultPartition(collection));
  const storageVersion = Number(request.options.get('storage_version') ?? 0);
  const endTs = endTimestamp(world, request);
  const made: Segment[] = [];
  for (const [insertFolder = '', deltaFolder = ''] of request.files) {
    const inserts = await segmentFolders(world, insertFolder, 2);
    const deltas =
      deltaFolder === '' ? new Map<string, LogKeys>() : await segmentFolders(world, deltaFolder, 1);
    if (inserts.size === 0 && world.version.importV2)
      throw new Error(`no binlog to import, input=${insertFolder}`);
    // A tree is read as one: its deletes are for all of its segments.
    const all = world.version.importV2
      ? undefined
      : [...deltas.values()].flatMap((logs) => logs.get('') ?? []);
    for (const [segment, logs] of inserts) {
      const deleteKeys = all ?? deltas.get(segment)?.get('') ?? [];
      made.push(
        ...(await importSegment(world, collection, partition.id, logs, deleteKeys, storageVersion, endTs)),
      );
    }
    job.progress = 70;
  }
  for (const segment of made) await writeSegment(world, collection, segment);
  job.show = () => {
    for (const segment of made) collection.segments.set(segment.id, segment);
  };
  job.rows = made.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  job.segmentIds = made.map(({ id }) => id);
}

async function importSegment(
  world: World,
  collection: Collection,
  partitionId: bigint,
  logs: LogKeys,
  deleteKeys: readonly string[],
  storageVersion: number,
  endTs: bigint | undefined,
): Promise<readonly Segment[]> {
  const { schema } = collection;
  const fields = storedFields(schema);
  const rows = await readSegment(world, fields, logs, storageVersion);
  const missing = fields.find(
    (field) =>
      !rows.columns.has(field.fieldID) &&
      !field.nullable &&
      field.default_value === null &&
      !field.is_dynamic,
  );
  if (missing !== undefined) throw new Error(`field ${missing.name} of the collection is not in the binlogs`);
  const deleted = new Map<string, bigint>();
  for (const { key, timestamp } of await readDeletesOf(world, deleteKeys)) {
    if (timestamp > (deleted.get(key) ?? 0n) && (endTs === undefined || timestamp <= endTs))
      deleted.set(key, timestamp);
  }
  const keys = rows.columns.get(primaryKey(schema).fieldID) ?? [];
  const byChannel = new Map<string, number[]>();
  for (const [row, timestamp] of rows.timestamps.entries()) {
    if ((deleted.get(keyText(keys[row])) ?? 0n) > timestamp) continue;
    if (endTs !== undefined && timestamp > endTs) continue;
    const channel = channelOfKey(collection, keys[row]);
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), row]);
  }
  return [...byChannel].map(([channel, some]) => {
    // Listed when the job is done, not before.
    const segment = makeSegment(world, { partitionId, channel, level: 'data', state: 'flushed' });
    appendRows(segment, { ...rows, timestamps: [...rows.timestamps], rowIds: [...rows.rowIds] }, some);
    return segment;
  });
}

async function importL0(world: World, job: ImportJob): Promise<void> {
  const { request } = job;
  const collection = findCollection(world, request.database, request.collection);
  if (request.files.length > 1 && !world.version.manyL0InOneJob) {
    throw new Error(`too many input paths for l0 import: ${request.files.length}`);
  }
  const scope = request.partition === '' ? allPartitions : findPartition(collection, request.partition).id;
  const folders: (readonly string[])[] = [];
  for (const [folder = ''] of request.files) {
    const keys = await world.store.list(asFolder(folder));
    if (keys.length === 0) throw new Error(`no binlog to import, input=${folder}`);
    folders.push(keys);
  }
  job.show = async () => {
    for (const keys of folders) await adoptL0(world, collection, scope, keys, endTimestamp(world, request));
  };
}

/** Field (empty in a delta log) to keys. */
type LogKeys = ReadonlyMap<string, readonly string[]>;

/**
 * The logs below a folder by segment: `…/segment/field/log` or `…/segment/log`. From 2.4 on the segments are the children of
 * the folder; before, they may lie at any depth, and the folder may be that of the segment itself.
 */
async function segmentFolders(
  world: World,
  folder: string,
  depth: 1 | 2,
): Promise<ReadonlyMap<string, LogKeys>> {
  const prefix = asFolder(folder);
  const found = new Map<string, Map<string, string[]>>();
  for (const key of await world.store.list(prefix)) {
    const below = key.slice(prefix.length).split('/');
    if (world.version.importV2 && below.length !== depth + 1)
      throw new Error(`parsing "${key}": it is no log of a segment`);
    const parts = key.split('/');
    const segment = parts.at(-1 - depth) ?? '';
    const field = depth === 2 ? (parts.at(-2) ?? '') : '';
    if (!/^\d+$/.test(segment)) throw new Error(`parsing "${segment}": invalid syntax in ${key}`);
    const logs = found.get(segment) ?? new Map<string, string[]>();
    found.set(segment, logs);
    logs.set(field, [...(logs.get(field) ?? []), key]);
  }
  return found;
}

function asFolder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function defaultPartition(collection: Collection): string {
  return collection.partitions.has('_default') ? '_default' : ([...collection.partitions.keys()][0] ?? '');
}

/** A hybrid timestamp; before 2.5 milliseconds were taken as well. */
function endTimestamp(world: World, { options }: ImportRequest): bigint | undefined {
  const text = options.get('end_ts');
  if (text === undefined) return undefined;
  const value = BigInt(text);
  const isMilliseconds = value < 1n << 46n;
  if (!isMilliseconds) return value;
  if (world.version.from('2.5.0')) throw new Error(`end_ts ${text} is no hybrid timestamp`);
  return value << 18n;
}
