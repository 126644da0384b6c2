import {
  BackupError,
  checkExistingBackupName,
  filterFromRequest,
  parseRename,
  type RestoreRequest,
} from '@milvus-backup/core';
import type { RouteDeps } from '../../app-types.js';
import { accept, param } from '../answer.js';
import { readBodyStrictly } from '../input.js';
import { type Handlers, mountV2Route } from '../mount-route.js';
import {
  type RestoreBody,
  restoreBackup,
  restoreBody,
  restoreSecondary,
  secondaryBody,
} from '../schemas/restore.js';

export function mountRestores(handlers: Handlers, { service }: RouteDeps): void {
  mountV2Route(handlers, restoreBackup, async (c) => {
    const name = param(c, 'name');
    checkExistingBackupName(name);
    return accept(c, await service.startRestore(toRequest(name, await readBodyStrictly(c, restoreBody))));
  });

  mountV2Route(handlers, restoreSecondary, async (c) => {
    const name = param(c, 'name');
    checkExistingBackupName(name);
    const body = await readBodyStrictly(c, secondaryBody);
    return accept(c, await service.startRestoreSecondary({ ...body, name }));
  });
}

function toRequest(name: string, body: RestoreBody): RestoreRequest {
  refuseBoth(body);
  const { filter, targetFilter, rename, plan, ...rest } = body;
  return {
    ...rest,
    name,
    sourceFilter: filterFromRequest(filter),
    targetFilter: filterFromRequest(targetFilter, 'targetFilter'),
    rename: rename && Object.keys(rename).length > 0 ? parseRename(rename) : undefined,
    plan: plan?.map((one) => ({ ...one, collections: one.collections ?? [] })),
  };
}

/** Of two ways to name the targets one would be ignored. @throws BackupError `INVALID_ARGUMENT` */
function refuseBoth(body: RestoreBody): void {
  const given = (['plan', 'rename', 'suffix'] as const).filter((field) => body[field] !== undefined);
  if (given.length > 1) throw excluded(given);
  if (body.dropExistCollection && body.skipCreateCollection) {
    throw excluded(['dropExistCollection', 'skipCreateCollection']);
  }
}

const excluded = (fields: readonly string[]): BackupError =>
  new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${fields.join(' and ')} cannot be given together`,
    remedy: 'choose one of them',
    details: { field: fields[0] ?? '' },
  });
