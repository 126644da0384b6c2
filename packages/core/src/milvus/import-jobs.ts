import { BackupError, isBackupError } from '../errors/index.js';
import { readWideInteger } from '../meta/wide-json.js';
import { collectionNotFound } from './calls.js';
import type { CollectionRef, ImportJobInput, ImportState, MilvusCall } from './gateway.js';
import { importOptions } from './import-options.js';
import type { RestClient } from './rest-client.js';

const jobs = '/v2/vectordb/jobs/import';

/** Tells jobs of REST from those of gRPC, which older journals know by their bare number. */
const mark = 'rest:';

/**
 * "import job does not exist, jobID=…" comes with `merr.ErrImportFailed` (2100), from the newest with `ErrImportSysFailed` (2101),
 * which tell of other failures too (milvus-io/milvus, pkg/util/merr/errors.go).
 */
const unknownJob = /\bjob\b.*(not exist|not found|n't exist)|no such job/i;

/** What Milvus itself is told to take for a create: it may list many folders before it answers. */
const createSeconds = 600;

export const isRestJob = (jobId: string): boolean => jobId.startsWith(mark);

/** The number by which Milvus knows an import. */
export const jobNumber = (jobId: string): string => (isRestJob(jobId) ? jobId.slice(mark.length) : jobId);

export async function startRestImport(
  rest: RestClient,
  at: CollectionRef,
  input: ImportJobInput,
  call: MilvusCall | undefined,
): Promise<string> {
  const options = importOptions(input).map(({ key, value }) => [key, value]);
  const data = await rest.post(
    `${jobs}/create`,
    {
      dbName: at.database,
      collectionName: at.collection,
      ...(input.partition === '' ? {} : { partitionName: input.partition }),
      files: input.folders.map((folder) => folder.filter((path) => path !== '')),
      options: Object.fromEntries(options),
    },
    {
      // A second one would make every row double.
      sendAgain: false,
      seconds: createSeconds + 10,
      headers: { 'Request-Timeout': String(createSeconds) },
      ...at,
      signal: call?.signal,
    },
  );
  const id = textOf(memberOf(data, 'jobId'));
  if (id !== '') return `${mark}${id}`;
  throw new BackupError({
    code: 'MILVUS_ERROR',
    message: `Milvus took an import into ${at.database}.${at.collection}, but gave no id for it`,
  });
}

export async function restImportState(
  rest: RestClient,
  at: CollectionRef,
  jobId: string,
  call: MilvusCall | undefined,
): Promise<ImportState> {
  const id = jobNumber(jobId);
  try {
    const data = await rest.post(
      `${jobs}/describe`,
      { dbName: at.database, jobId: id },
      { sendAgain: true, ...at, signal: call?.signal },
    );
    return toJobState(data);
  } catch (error) {
    if (tellsOfUnknownJob(error)) {
      return { status: 'failed', percent: 0, rows: null, reason: `Milvus knows no import job ${id}` };
    }
    if (isBackupError(error) && error.code === 'COLLECTION_NOT_FOUND') throw collectionNotFound(at);
    throw error;
  }
}

export const tellsOfUnknownJob = (error: unknown): boolean =>
  isBackupError(error) && error.code === 'MILVUS_ERROR' && unknownJob.test(error.message);

/**
 * Everything that is neither completed nor failed goes on, an empty state too. `importedRows` is in Milvus's own description of the
 * answer (milvus.io/api-reference, GetImportProgress), and may be missing.
 */
export function toJobState(data: unknown): ImportState {
  const state = textOf(memberOf(data, 'state'));
  const told = textOf(memberOf(data, 'importedRows'));
  const rows = /^\d+$/.test(told) ? Number(told) : null;
  if (state === 'Completed') return { status: 'completed', percent: 100, rows, reason: '' };
  const percent = Math.min(100, Math.max(0, Number.parseInt(textOf(memberOf(data, 'progress')), 10) || 0));
  if (state !== 'Failed') return { status: 'running', percent, rows, reason: '' };
  return {
    status: 'failed',
    percent,
    rows,
    reason: textOf(memberOf(data, 'reason')) || 'Milvus gave no reason',
  };
}

function memberOf(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null
    ? Object.getOwnPropertyDescriptor(data, name)?.value
    : undefined;
}

function textOf(value: unknown): string {
  const wide = readWideInteger(value);
  if (wide !== null) return String(wide);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
