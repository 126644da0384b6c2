import type { BackupFolder, BackupListEntry, RunFacts } from '@milvus-backup/core';
import { jobStateOf, toTime } from './job.js';

const proven = (provenAt: number | undefined) =>
  provenAt === undefined ? {} : { provenAt: toTime(provenAt) };

/** A backup in the list. */
export const renderEntry = ({ id, name, size, milvusVersion, provenAt }: BackupListEntry) => ({
  id,
  name,
  size,
  milvusVersion,
  ...proven(provenAt),
});

/** A folder in the list of all. */
export const renderFolder = ({ changedAt, provenAt, run, restores, ...folder }: BackupFolder) => ({
  ...folder,
  ...proven(provenAt),
  changedAt: toTime(changedAt),
  run: run && renderRun(run),
  restores: restores.map(renderRun),
});

const renderRun = ({ state, startedAt, updatedAt, ...run }: RunFacts) => ({
  ...run,
  state: jobStateOf({ state, error: null }),
  startedAt: toTime(startedAt),
  updatedAt: toTime(updatedAt),
});
