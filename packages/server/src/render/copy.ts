import { type GoStruct, type TaskView, taskStates } from '@milvus-backup/core';
import { explain } from '../envelope.js';
import { toGoSeconds } from './times.js';

/** A copy in the words of the other runs; all its own fields are always there. */
export function renderCopy(view: TaskView): GoStruct {
  const { copy, progress, state } = view;
  return {
    id: view.id,
    state_code: taskStates[state],
    ...(view.error === null ? {} : { errorMessage: explain(view.error) }),
    start_time: toGoSeconds(view.startedAt),
    end_time: toGoSeconds(view.endedAt),
    progress: state === 'success' ? 100 : Math.trunc(progress.percent),
    backup_name: copy?.sourceName ?? view.backupName,
    copy_name: view.backupName,
    from: copy?.from ?? '',
    to: copy?.to ?? '',
    bytes_done: progress.bytesDone,
    bytes_total: progress.bytesTotal,
    objects_copied: copy?.objectsCopied ?? 0,
    objects_kept: copy?.objectsKept ?? 0,
    nothing_to_do: state === 'success' && copy?.objectsCopied === 0,
  };
}
