import { sleep, toBackupError } from '../errors/index.js';
import { defaultDatabase } from '../filter/index.js';
import type { RbacMeta } from '../meta/types.js';
import type { RestoreRun } from './restore-run.js';

/**
 * What the target lacks of the backup's users, roles and grants, when it is asked for. Reads only.
 * @returns null when there is nothing to restore
 * @throws BackupError `MILVUS_UNSUPPORTED` on a server that cannot tell (before 2.4.10)
 */
export async function findMissingRbac(run: RestoreRun): Promise<RbacMeta | null> {
  if (!run.request.rbac) return null;
  const held = run.meta.rbac_meta;
  if (held === null) {
    run.logger.warn(
      {},
      'the backup holds no users, roles and grants (it was made without rbac): none are restored',
    );
    return null;
  }
  const missing = missingRbac(held, await run.milvus.backupRbac({ signal: run.signal }));
  return Object.values(missing).some((list) => list.length > 0) ? missing : null;
}

/**
 * Restores what is missing, when it is asked for. When the connection breaks under it, Milvus is asked what is missing still.
 * @throws BackupError `MILVUS_UNSUPPORTED` on a server that cannot tell (before 2.4.10)
 */
export async function restoreRbac(run: RestoreRun): Promise<void> {
  for (let left = tries; ; left--) {
    const missing = await findMissingRbac(run);
    if (!missing) return;
    try {
      return await run.milvus.restoreRbac(missing, { signal: run.signal });
    } catch (error) {
      if (left <= 1 || toBackupError(error).code !== 'MILVUS_UNREACHABLE') throw error;
      await sleep(pause, run.signal);
    }
  }
}

const tries = 5;
/** Milliseconds. */
const pause = 1_000;

/**
 * What is in `held` and not in `present`. A user who is there keeps password and roles, whatever the backup says; sent again,
 * Milvus would refuse the whole message.
 */
export function missingRbac(held: RbacMeta, present: RbacMeta): RbacMeta {
  return {
    users: without(held.users, present.users, (one) => one.user),
    roles: without(held.roles, present.roles, (one) => one.name),
    grants: without(held.grants, present.grants, grantKey),
    privilege_groups: without(held.privilege_groups, present.privilege_groups, (one) => one.group_name),
  };
}

function without<T>(held: readonly T[], present: readonly T[], keyOf: (item: T) => string): T[] {
  const there = new Set(present.map(keyOf));
  return held.filter((one) => !there.has(keyOf(one)));
}

/** JSON keeps the parts apart, whatever characters are in the names. */
function grantKey({ object, object_name, role, grantor, db_name }: RbacMeta['grants'][number]): string {
  const { user, privilege } = grantor;
  return JSON.stringify([
    object.name,
    object_name,
    role.name,
    user.name,
    privilege.name,
    db_name || defaultDatabase,
  ]);
}
