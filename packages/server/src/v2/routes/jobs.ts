import { BackupError, type BackupService, type TaskView } from '@milvus-backup/core';
import type { AppContext, RouteDeps } from '../../app-types.js';
import { param, send } from '../answer.js';
import { readQueryStrictly } from '../input.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import { pageOf } from '../page.js';
import { hasEnded, jobStateOf, renderJob } from '../render/job.js';
import { cancelJob, deleteJob, getJob, jobsQuery, listJobs } from '../schemas/job.js';

export function mountJobs(handlers: Handlers, { service }: RouteDeps): void {
  mountV2Route(handlers, listJobs, async (c) => {
    const { limit = 100, cursor, kind, state, backup } = readQueryStrictly(c, jobsQuery);
    const all = await service.jobs({ signal: c.req.raw.signal });
    const wanted = all.filter(
      (view) =>
        (kind === undefined || view.kind === kind) &&
        (state === undefined || jobStateOf(view) === state) &&
        (backup === undefined || view.backupName === backup),
    );
    const ordered = wanted.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const page = pageOf(ordered, keyOf, { limit, cursor });
    return send(c, { ...page, items: page.items.map(renderJob) });
  });

  mountV2Route(handlers, getJob, async (c) => send(c, renderJob(await requireJob(service, param(c, 'id')))));

  const cancel = async (c: AppContext): Promise<Response> => {
    const view = await service.cancel(param(c, 'id'));
    return send(c, renderJob(view), hasEnded(view) ? 200 : 202);
  };
  mountV2Route(handlers, cancelJob, cancel);
  mountV2Route(handlers, deleteJob, cancel);
}

/** Ascending keys, the latest job first. */
const keyOf = ({ startedAt, kind, id }: TaskView): string =>
  `${String(10 ** 15 - startedAt).padStart(16, '0')} ${kind} ${id}`;

/** @throws BackupError `TASK_NOT_FOUND` */
export async function requireJob(service: BackupService, id: string): Promise<TaskView> {
  const view = await service.findJob(id);
  if (view !== null) return view;
  throw new BackupError({
    code: 'TASK_NOT_FOUND',
    message: `no job has the id ${JSON.stringify(id.slice(0, 128))}`,
    remedy: 'see the ids in the list of jobs',
  });
}
