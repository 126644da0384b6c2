import { checkBackupName, checkExistingBackupName, filterFromRequest } from '@milvus-backup/core';
import type { RouteDeps } from '../../app-types.js';
import { findBackup } from '../../find-backup.js';
import { sendTar } from '../../send-tar.js';
import { accept, param, send } from '../answer.js';
import { readBodyStrictly, readQueryStrictly } from '../input.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import { pageOf } from '../page.js';
import { sendProblem } from '../problem.js';
import { renderBackup } from '../render/backup.js';
import { renderEntry, renderFolder } from '../render/entry.js';
import {
  backupsQuery,
  compactBackup,
  compactBody,
  copyBackup,
  copyBody,
  createBackup,
  createBackupBody,
  deleteBackup,
  getArchive,
  getBackup,
  listBackups,
  migrateBackup,
  migrateBody,
} from '../schemas/backup.js';

export function mountBackups(handlers: Handlers, deps: RouteDeps): void {
  const { service } = deps;

  mountV2Route(handlers, listBackups, async (c) => {
    const { limit = 100, cursor, all } = readQueryStrictly(c, backupsQuery);
    const { signal } = c.req.raw;
    const entries =
      all === 'true'
        ? (await service.listAll({ signal })).map(renderFolder)
        : (await service.list({ signal })).map(renderEntry);
    const ordered = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return send(
      c,
      pageOf(ordered, ({ name }) => name, { limit, cursor }),
    );
  });

  mountV2Route(handlers, createBackup, async (c) => {
    const { filter, ...body } = await readBodyStrictly(c, createBackupBody);
    if (body.name) checkBackupName(body.name);
    return accept(c, await service.startCreate({ ...body, filter: filterFromRequest(filter) }));
  });

  mountV2Route(handlers, getBackup, async (c) => {
    const name = readName(param(c, 'name'));
    const { view, details } = await findBackup(service, { name });
    if (details !== null) return send(c, renderBackup(details, view));
    return sendProblem(c, {
      code: 'BACKUP_NOT_FOUND',
      status: 404,
      detail: `backup ${name} is not whole: its job ${view.id} has ended without it or still runs`,
      remedy: 'look at that job',
      details: { job: view.id },
    });
  });

  mountV2Route(handlers, deleteBackup, async (c) =>
    accept(c, await service.startDelete(readName(param(c, 'name')))),
  );

  mountV2Route(handlers, copyBackup, async (c) => {
    const name = readName(param(c, 'name'));
    return accept(c, await service.startCopy({ ...(await readBodyStrictly(c, copyBody)), name }));
  });

  mountV2Route(handlers, compactBackup, async (c) => {
    const name = readName(param(c, 'name'));
    return accept(c, await service.startL0Compact({ ...(await readBodyStrictly(c, compactBody)), name }));
  });

  mountV2Route(handlers, migrateBackup, async (c) => {
    const name = readName(param(c, 'name'));
    return accept(c, await service.startMigrate({ ...(await readBodyStrictly(c, migrateBody)), name }));
  });

  mountV2Route(handlers, getArchive, (c) => sendTar(c, deps, { name: readName(param(c, 'name')) }));
}

/** @throws BackupError `INVALID_BACKUP_NAME` */
function readName(name: string): string {
  checkExistingBackupName(name);
  return name;
}
