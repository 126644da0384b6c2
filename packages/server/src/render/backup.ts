import { type BackupDetails, briefOf, type GoStruct, type TaskView, taskStates } from '@milvus-backup/core';
import { errorMessageOf } from './error-message.js';
import { toGoSeconds } from './times.js';

/** A backup under way or failed: what is known of the run, never an empty object. */
export const renderBackupRun = (view: TaskView): GoStruct => briefOf({ task: taskOf(view) });

/** A whole backup. Without a run (made elsewhere, or long ago) it is a finished one, at times unknown. */
export function renderBackup({ meta, metaSize }: BackupDetails, view: TaskView | null): GoStruct {
  const finished = {
    stateCode: taskStates.success,
    errorMessage: '',
    startTime: 0,
    endTime: 0,
    progress: 100,
  };
  const task = view === null ? { id: meta.id, name: meta.name, ...finished } : taskOf(view);
  return briefOf({ meta, metaSize, task });
}

const taskOf = (view: TaskView) => ({
  id: view.id,
  name: view.backupName,
  stateCode: taskStates[view.state],
  errorMessage: errorMessageOf(view),
  startTime: toGoSeconds(view.startedAt),
  endTime: toGoSeconds(view.endedAt),
  progress: progressOf(view),
});

/** The Go tool falls back to 0 when a backup fails. */
function progressOf(view: TaskView): number {
  if (view.state === 'success' || view.state === 'partial') return 100;
  return view.state === 'fail' ? 0 : Math.trunc(view.progress.percent);
}
