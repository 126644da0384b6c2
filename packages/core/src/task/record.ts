import { z } from 'zod';
import { BackupError, type ErrorCode, errorCodes } from '../errors/index.js';
import { parseShallowJson } from '../meta/wide-json.js';
import { collectionOutcomes, migratePhases, type TaskView } from './types.js';

/** Who writes a record; lets another process tell a dead run from a running one. */
export interface RunOwner {
  readonly host: string;
  readonly pid: number;
  /** Made anew by each process: pids come again, in containers they are always 1. */
  readonly instance: string;
}

/** The process as a person knows it: what a host name has beside it tells pids of containers apart. */
export function describeOwner({ host, pid }: RunOwner): string {
  return `process ${pid} on ${host.replace(/ .*/, '')}`;
}

const state = z.enum(['initial', 'executing', 'success', 'fail', 'timeout', 'partial']);
const count = z.number().int().nonnegative();

/** Becomes part of a key, and comes from a store that others may write. */
const keyPart = z.string().regex(/^[^/\\\p{Cc}]{0,256}$/u);

const recordSchema = z.object({
  version: z.literal(1),
  owner: z.object({ host: z.string(), pid: z.number().int(), instance: keyPart }),
  /** Milliseconds since 1970; a running task renews it. */
  updatedAt: count,
  /** One more with every run that takes the record over from a dead one. */
  fence: count.default(1),
  id: z.string(),
  kind: z.enum(['create', 'restore', 'delete', 'copy', 'verify', 'drill', 'migrate', 'cleanup', 'l0compact']),
  backupName: keyPart,
  state,
  progress: z.object({
    percent: count,
    step: z.string(),
    bytesDone: count,
    bytesTotal: count,
    objectsDone: count,
    objectsTotal: count,
    collectionsDone: count,
    collectionsTotal: count,
  }),
  startedAt: count,
  endedAt: count,
  error: z.object({ code: z.enum(errorCodes), message: z.string(), remedy: z.string() }).nullable(),
  collections: z.array(
    z.object({
      database: z.string(),
      collection: z.string(),
      state,
      percent: count,
      rows: count,
      startedAt: count,
      endedAt: count,
      error: z.string(),
      outcome: z.enum(collectionOutcomes).optional(),
    }),
  ),
  copy: z
    .object({
      from: z.string(),
      to: z.string(),
      sourceName: z.string(),
      objectsCopied: count,
      bytesCopied: count,
      objectsKept: count,
      bytesKept: count,
    })
    .optional(),
  migrate: z
    .object({
      clusterId: z.string(),
      volume: z.string(),
      dataPath: z.string(),
      phase: z.enum(migratePhases),
      jobId: z.string(),
    })
    .optional(),
  warnings: z.array(z.string()).optional(),
});

/** A run as it stands in the backup store, under `meta/ts/`: our own file, which the Go tool ignores. */
export type TaskRecord = z.infer<typeof recordSchema>;

export function toRecord(view: TaskView, owner: RunOwner, updatedAt: number): TaskRecord {
  const { verify: _verify, drill: _drill, cleanup: _cleanup, ...kept } = view;
  const { error } = kept;
  return {
    ...kept,
    version: 1,
    fence: 1,
    owner: { ...owner },
    updatedAt,
    progress: { ...view.progress },
    collections: view.collections.map((one) => ({ ...one })),
    warnings: view.warnings && [...view.warnings],
    error: error && { code: error.code, message: error.message, remedy: error.remedy ?? '' },
  };
}

export function toView(record: TaskRecord): TaskView {
  const { version: _version, owner: _owner, updatedAt: _updatedAt, fence: _fence, error, ...view } = record;
  return { ...view, error: error && restoredError(error.code, error.message, error.remedy) };
}

/** @throws BackupError `META_UNREADABLE` */
export function parseRecord(text: string, key: string): TaskRecord {
  try {
    return recordSchema.parse(parseShallowJson(text));
  } catch (cause) {
    throw new BackupError({
      code: 'META_UNREADABLE',
      message: `the run record ${key} cannot be read`,
      remedy: 'remove that object, or the whole unfinished backup with `delete`',
      cause,
      details: { key },
    });
  }
}

function restoredError(code: ErrorCode, message: string, remedy: string): BackupError {
  return new BackupError({ code, message, remedy: remedy || undefined });
}
