import { type ImportJob, startImport, viewOf } from './import-jobs.js';
import { badParameter, SimError } from './sim-error.js';
import type { Collection, LogFiles, Segment } from './types.js';
import { findDatabase, type World } from './world.js';

type Body = Readonly<Record<string, unknown>>;
/** Answers `data`, or throws SimError. */
export type RestHandler = (body: Body) => unknown;

/** The paths of this version; any other is answered with 404. */
export function createRestHandlers(world: World): ReadonlyMap<string, RestHandler> {
  const routes = new Map<string, RestHandler>();
  if (world.version.restImport) {
    const base = '/v2/vectordb/jobs/import';
    routes.set(`${base}/create`, (body) => ({ jobId: createJob(world, body).id }));
    routes.set(`${base}/describe`, (body) => describeJob(world, findJob(world, body)));
    routes.set(`${base}/get_progress`, (body) => describeJob(world, findJob(world, body)));
    routes.set(`${base}/list`, (body) => ({
      records: listJobs(world, body).map((job) => summary(world, job)),
    }));
  }
  if (world.version.segmentDetails) {
    routes.set('/v2/vectordb/segments/describe', (body) => describeSegments(world, body));
  }
  return routes;
}

function createJob(world: World, body: Body): ImportJob {
  const { files, options = {}, collectionName } = body;
  if (typeof collectionName !== 'string' || collectionName === '') {
    throw new SimError(1802, 1, 'missing required parameters, error: collectionName');
  }
  if (!Array.isArray(files) || !files.every((one) => Array.isArray(one))) {
    throw new SimError(1802, 1, 'missing required parameters, error: files');
  }
  if (typeof options !== 'object' || options === null) throw badParameter('options is no object');
  const pairs = Object.entries(options);
  const wrong = pairs.find(([, value]) => typeof value !== 'string');
  // The server reads a map of strings and refuses the whole body otherwise.
  if (wrong !== undefined)
    throw new SimError(1801, 1, `can only accept json format request, option ${wrong[0]} is no string`);
  return startImport(world, {
    database: text(body.dbName) || 'default',
    collection: collectionName,
    partition: text(body.partitionName),
    files: files.map((paths: unknown[]) => paths.map(String).filter((path) => path !== '')),
    options: new Map(pairs.map(([key, value]) => [key, String(value)])),
  });
}

function findJob(world: World, body: Body): ImportJob {
  const id = text(body.jobId);
  const job = world.imports.get(id);
  if (job === undefined)
    throw new SimError(2100, 1, `importing data failed: import job does not exist, jobID=${id}`);
  return job;
}

function listJobs(world: World, body: Body): readonly ImportJob[] {
  const database = text(body.dbName) || 'default';
  const collection = text(body.collectionName);
  return [...world.imports.values()].filter(
    ({ request }) =>
      request.database === database && (collection === '' || request.collection === collection),
  );
}

const stateNames = {
  pending: 'Pending',
  importing: 'Importing',
  uncommitted: 'Uncommitted',
  completed: 'Completed',
  failed: 'Failed',
} as const;

function summary(world: World, job: ImportJob): object {
  const { state, progress, reason } = viewOf(world, job);
  return {
    jobId: job.id,
    collectionName: job.request.collection,
    state: stateNames[state],
    progress,
    ...(reason === '' ? {} : { reason }),
  };
}

function describeJob(world: World, job: ImportJob): object {
  const { rows } = viewOf(world, job);
  return { ...summary(world, job), importedRows: rows, totalRows: rows, fileSize: 0, details: [] };
}

/** Ids are bare 64-bit integers both ways; `parseBody` and `stringifyBody` keep their digits. */
function describeSegments(world: World, body: Body): object {
  const collectionId = BigInt(text(body.collectionId) || 0);
  const database = findDatabase(world, text(body.dbName));
  const collection = [...database.collections.values()].find(({ id }) => id === collectionId);
  if (collection === undefined)
    throw new SimError(100, 4, `collection not found[collection=${collectionId}]`);
  const ids = Array.isArray(body.segmentIds) ? body.segmentIds.map((id) => BigInt(text(id))) : [];
  return { segmentInfos: ids.map((id) => describeSegment(collection, id)) };
}

function describeSegment(collection: Collection, id: bigint): object {
  const segment: Segment | undefined = collection.segments.get(id);
  if (segment === undefined) throw new SimError(600, 47, `segment not found[segment=${id}]`);
  const logs = (all: readonly LogFiles[]): object[] =>
    all.map(({ field, logs: logIDs }) => ({ fieldID: field, logIDs }));
  return {
    segmentID: id,
    collectionID: collection.id,
    partitionID: segment.partitionId,
    vChannel: segment.channel,
    numRows: segment.timestamps.length,
    state: 'Flushed',
    level: segment.level === 'l0' ? 'L0' : 'L1',
    isImporting: false,
    insertLogs: logs(segment.insertLogs),
    ...(segment.deltaLogs.length === 0 ? {} : { deltaLogs: logs([{ field: 0n, logs: segment.deltaLogs }]) }),
  };
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

/** JSON whose integers keep all digits: wide ones come as text. */
export function parseBody(json: string): Body {
  const parsed: unknown = JSON.parse(json.replace(/([[:,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"$2"'));
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

/** JSON with bigints as bare integers. */
export function stringifyBody(value: unknown): string {
  const marked = JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'bigint' ? `\u0000${one}\u0000` : one,
  );
  return marked.replace(/"\\u0000(-?\d+)\\u0000"/g, '$1');
}
