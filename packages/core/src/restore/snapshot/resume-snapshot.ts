import type { CollectionName } from '../../filter/types.js';
import type { TargetState } from '../restore-journal.js';
import type { RestoreRun } from '../restore-run.js';
import type { Resume } from '../resume-targets.js';

/** Under which a target's job stands in the journal. */
export const snapshotUnit = 'snapshot';

/**
 * What to do with a target that an earlier try has begun; a restore of a snapshot is one job of Milvus, which goes on by itself.
 * @param present Milvus's id of the collection; `null` when it is not there
 */
export async function decideSnapshot(
  { milvus }: Pick<RestoreRun, 'milvus'>,
  at: CollectionName,
  state: TargetState,
  present: string | null,
  signal: AbortSignal,
): Promise<Resume | null> {
  if (state.state === 'done') {
    return present !== null && present === state.collectionId ? { kind: 'done', rows: state.rows } : null;
  }
  // A request whose answer was lost is found by its collection, which nobody else could make meanwhile.
  const job = state.jobs[snapshotUnit] || (await milvus.findSnapshotRestore(at, { signal }));
  const { status } = job ? await milvus.restoreState(job, { signal }) : { status: 'failed' };
  if (status === 'running' || (status === 'completed' && present !== null)) {
    return { kind: 'go-on', state: { ...state, jobs: { [snapshotUnit]: job ?? '' } } };
  }
  if (present === null) return null;
  // What a job of ours has left; without a job, one with rows is somebody else's by now.
  if (state.jobs[snapshotUnit]) return { kind: 'again' };
  return (await milvus.rowCount(at, { signal })) === 0 ? { kind: 'again' } : null;
}
