import type {
  BackupError,
  BackupListEntry,
  CheckReport,
  CheckTotals,
  CopyFacts,
  MigrateFacts,
  TaskView,
} from '@milvus-backup/core';

/** The documents of `--json`. Keys are in the Go tool's style; times are ISO 8601, `null` while unknown. */

export function taskDocument(view: TaskView): object {
  const { progress } = view;
  return {
    id: view.id,
    kind: view.kind,
    backup_name: view.backupName,
    state: view.state,
    started_at: isoTime(view.startedAt),
    ended_at: isoTime(view.endedAt),
    progress: {
      percent: progress.percent,
      step: progress.step,
      bytes_done: progress.bytesDone,
      bytes_total: progress.bytesTotal,
      objects_done: progress.objectsDone,
      objects_total: progress.objectsTotal,
      collections_done: progress.collectionsDone,
      collections_total: progress.collectionsTotal,
    },
    collections: view.collections.map((collection) => ({
      database: collection.database,
      collection: collection.collection,
      state: collection.state,
      percent: collection.percent,
      rows: collection.rows,
      started_at: isoTime(collection.startedAt),
      ended_at: isoTime(collection.endedAt),
      error: collection.error,
    })),
    warnings: view.warnings ?? [],
    ...(view.copy === undefined ? {} : { copy: copyDocument(view.copy) }),
    ...(view.migrate === undefined ? {} : { migrate: migrateDocument(view.migrate) }),
  };
}

function migrateDocument(migrate: MigrateFacts): object {
  return {
    cluster_id: migrate.clusterId,
    volume: migrate.volume,
    data_path: migrate.dataPath,
    phase: migrate.phase,
    job_id: migrate.jobId,
  };
}

function copyDocument(copy: CopyFacts): object {
  return {
    from: copy.from,
    to: copy.to,
    source_name: copy.sourceName,
    nothing_to_do: copy.objectsCopied === 0,
    objects_copied: copy.objectsCopied,
    bytes_copied: copy.bytesCopied,
    objects_kept: copy.objectsKept,
    bytes_kept: copy.bytesKept,
  };
}

export function listDocument(entries: readonly BackupListEntry[]): object {
  return {
    backups: entries.map(({ id, name, size, milvusVersion, partial, provenAt }) => ({
      id,
      name,
      size,
      milvus_version: milvusVersion,
      ...(partial ? { partial } : {}),
      ...(provenAt === undefined ? {} : { proven_at: isoTime(provenAt) }),
    })),
  };
}

export function checkDocument(report: CheckReport): object {
  const facts = ({ provider, bucket, rootPath }: CheckReport['milvusStorage']): object => ({
    provider,
    bucket,
    root_path: rootPath,
  });
  const totals = ({ collections, segments, objects, bytes }: CheckTotals): object => ({
    collections,
    segments,
    objects,
    bytes,
  });
  return {
    ok: report.items.every((item) => item.status !== 'failed'),
    milvus_version: report.milvusVersion,
    milvus_storage: facts(report.milvusStorage),
    backup_storage: facts(report.backupStorage),
    items: report.items.map(({ name, status, message, remedy }) => ({ name, status, message, remedy })),
    plan: report.plan && {
      ...totals(report.plan),
      complete: report.plan.complete,
      free_bytes: report.plan.freeBytes,
      databases: report.plan.databases.map((database) => ({ name: database.name, ...totals(database) })),
    },
  };
}

/** What can be said of an error, whichever part of the program raised it. */
export type ErrorFacts = Pick<BackupError, 'code' | 'message' | 'remedy' | 'details'>;

export function errorDocument({ code, message, remedy, details }: ErrorFacts): object {
  return { error: { code, message, remedy: remedy ?? null, details } };
}

function isoTime(milliseconds: number): string | null {
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : null;
}
