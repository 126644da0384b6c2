import type { RbacMeta } from '../meta/types.js';
import type { Open } from './calls.js';
import type { MilvusGateway } from './gateway.js';
import type { WireRbac } from './messages.js';

type RbacCalls = Pick<MilvusGateway, 'backupRbac' | 'restoreRbac'>;

export function createRbacCalls(open: Open): RbacCalls {
  return {
    async backupRbac(call) {
      const session = await open(call);
      const { RBAC_meta } = await session.call('BackupRBAC', {}, { signal: call?.signal });
      return rbacFromWire(RBAC_meta);
    },

    async restoreRbac(rbac, call) {
      const session = await open(call);
      await session.call('RestoreRBAC', { RBAC_meta: rbac }, { signal: call?.signal });
    },
  };
}

export function rbacFromWire(rbac: WireRbac | null): RbacMeta {
  const name = (entity: { name: string } | null | undefined): { name: string } => ({
    name: entity?.name ?? '',
  });
  return {
    users: (rbac?.users ?? []).map(({ user, password, roles }) => ({
      user,
      password,
      roles: roles.map(name),
    })),
    roles: (rbac?.roles ?? []).map(name),
    grants: (rbac?.grants ?? []).map((grant) => ({
      role: name(grant.role),
      object: name(grant.object),
      object_name: grant.object_name,
      grantor: { user: name(grant.grantor?.user), privilege: name(grant.grantor?.privilege) },
      db_name: grant.db_name,
    })),
    privilege_groups: (rbac?.privilege_groups ?? []).map(({ group_name, privileges }) => ({
      group_name,
      privileges: privileges.map(name),
    })),
  };
}
