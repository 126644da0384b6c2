import type {
  BackupError,
  CollectionTaskView,
  DrillReport,
  TaskState,
  TaskView,
  VerifyReport,
} from '@milvus-backup/core';
import type { JobState } from '../schemas/job.js';

const states: Readonly<Record<TaskState, JobState>> = {
  initial: 'pending',
  executing: 'running',
  success: 'succeeded',
  partial: 'partial',
  fail: 'failed',
  timeout: 'failed',
};

export const jobStateOf = ({ state, error }: Pick<TaskView, 'state' | 'error'>): JobState =>
  state === 'fail' && error?.code === 'CANCELLED' ? 'cancelled' : states[state];

export const hasEnded = (view: TaskView): boolean => !['pending', 'running'].includes(jobStateOf(view));

export function renderJob(view: TaskView) {
  const {
    id,
    kind,
    backupName: backup,
    progress,
    startedAt,
    endedAt,
    error,
    collections,
    copy,
    migrate,
  } = view;
  return {
    id,
    kind,
    backup,
    state: jobStateOf(view),
    progress,
    startedAt: toTime(startedAt),
    endedAt: toTime(endedAt),
    error: error && renderError(error),
    collections: collections.map(renderCollection),
    warnings: view.warnings ?? [],
    ...(copy ? { copy } : {}),
    ...(migrate ? { migrate } : {}),
    ...renderReports(view),
  };
}

const renderCollection = ({ error, ...view }: CollectionTaskView) => ({
  ...view,
  state: states[view.state],
  startedAt: toTime(view.startedAt),
  endedAt: toTime(view.endedAt),
  ...(error ? { error } : {}),
});

function renderReports({ verify, drill, cleanup }: TaskView) {
  return {
    ...(verify ? { verify: renderVerify(verify) } : {}),
    ...(drill ? { drill: renderDrill(drill) } : {}),
    ...(cleanup ? { cleanup: renderCleanup(cleanup) } : {}),
  };
}

const renderVerify = ({ name: _name, startedAt: _start, endedAt: _end, ...report }: VerifyReport) => report;

const renderDrill = ({ at, collections, collectionsTotal, compared, rows, ...report }: DrillReport) => ({
  provenAt: toTime(at),
  collections,
  collectionsTotal,
  compared,
  rows,
  milvusVersion: report.milvusVersion,
  database: report.database,
  kept: report.kept,
});

const renderCleanup = ({ olderThan, items, ...report }: NonNullable<TaskView['cleanup']>) => ({
  ...report,
  olderThanSeconds: olderThan / 1000,
  items: items.map(({ changedAt, ...item }) => ({ ...item, changedAt: toTime(changedAt) })),
});

const renderError = ({ code, message, remedy }: BackupError) => ({
  code,
  message,
  ...(remedy ? { remedy } : {}),
});

/** @param ms since 1970, 0 while unknown */
export const toTime = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());
