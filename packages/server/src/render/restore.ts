import { type CollectionTaskView, type GoStruct, type TaskView, taskStates } from '@milvus-backup/core';
import { errorMessageOf } from './error-message.js';
import { toGoSeconds } from './times.js';

/** A restore as the Go tool tells it; fields in its order, those that are empty left out. */
export const renderRestore = (view: TaskView): GoStruct => ({
  id: view.id,
  ...run(view, view.progress.percent, errorMessageOf(view)),
  ...(view.collections.length > 0
    ? { collection_restore_tasks: view.collections.map(renderCollection) }
    : {}),
  ...(view.warnings && view.warnings.length > 0 ? { warnings: view.warnings } : {}),
});

const renderCollection = (view: CollectionTaskView): GoStruct => ({
  ...run(view, view.percent, view.error),
  target_db_name: view.database,
  target_collection_name: view.collection,
});

/** Progress is never below 1, also of what has not begun: clients take 0 for a failure. */
const run = (
  view: Pick<TaskView, 'state' | 'startedAt' | 'endedAt'>,
  percent: number,
  error: string,
): GoStruct => ({
  state_code: taskStates[view.state],
  ...(error ? { errorMessage: error } : {}),
  start_time: toGoSeconds(view.startedAt),
  end_time: toGoSeconds(view.endedAt),
  progress: view.state === 'success' || view.state === 'partial' ? 100 : Math.max(1, Math.trunc(percent)),
});
