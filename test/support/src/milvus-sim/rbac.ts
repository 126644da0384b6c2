import type { Handlers } from './handlers.js';
import { SimError } from './sim-error.js';
import type { World } from './world.js';

interface Named {
  readonly name: string;
}
interface User {
  readonly user: string;
  /** As Milvus keeps and tells it: not the password itself. */
  password: string;
  readonly roles: Set<string>;
}
interface Grant {
  readonly role: Named | null;
  readonly object: Named | null;
  readonly object_name: string;
  readonly grantor: { readonly user: Named | null; readonly privilege: Named | null } | null;
  readonly db_name: string;
}

export interface RbacState {
  readonly users: Map<string, User>;
  readonly roles: Set<string>;
  grants: Grant[];
  readonly groups: Map<string, Set<string>>;
}

interface RbacMessage {
  readonly users: readonly {
    readonly user: string;
    readonly password: string;
    readonly roles: readonly Named[];
  }[];
  readonly roles: readonly Named[];
  readonly grants: readonly Grant[];
  readonly privilege_groups: readonly {
    readonly group_name: string;
    readonly privileges: readonly Named[];
  }[];
}

/** What every Milvus has and no backup tells. */
const builtInRoles = ['admin', 'public'];

export function createRbacState(rootPassword: string): RbacState {
  return {
    users: new Map([
      ['root', { user: 'root', password: hashPassword(rootPassword), roles: new Set<string>() }],
    ]),
    roles: new Set(builtInRoles),
    grants: [],
    groups: new Map(),
  };
}

/** Stands for bcrypt. */
export function hashPassword(password: string): string {
  return `$sim$${Buffer.from(password).toString('base64')}`;
}

export function createRbacHandlers(world: World): Handlers {
  const state = world.rbac;
  const named = (names: Iterable<string>): Named[] => [...names].map((name) => ({ name }));
  const requireRole = (name: string, legacyCode: number): void => {
    if (state.roles.has(name)) return;
    const reason = "not found the role, maybe the role isn't existed or internal system error";
    throw new SimError(65535, legacyCode, reason);
  };
  const keyOf = (grant: Grant): string =>
    [
      grant.object?.name,
      grant.object_name,
      grant.role?.name,
      grant.grantor?.privilege?.name,
      grant.db_name,
    ].join('/');
  const addGrant = (grant: Grant): void => {
    requireRole(grant.role?.name ?? '', 41);
    if (!state.grants.some((one) => keyOf(one) === keyOf(grant))) state.grants.push(grant);
  };
  const removeGrant = (grant: Grant): void => {
    state.grants = state.grants.filter((one) => keyOf(one) !== keyOf(grant));
  };

  return {
    CreateCredential({ username, password }: { username: string; password: string }) {
      if (state.users.has(username)) throw new SimError(65535, 29, `user already exists:${username}`);
      // The client sends it in base64.
      const plain = Buffer.from(password, 'base64').toString('utf8');
      state.users.set(username, { user: username, password: hashPassword(plain), roles: new Set() });
      return {};
    },
    UpdateCredential({ username, newPassword }: { username: string; newPassword: string }) {
      const user = state.users.get(username);
      if (user === undefined) throw new SimError(65535, 30, `found no user:${username}`);
      user.password = hashPassword(Buffer.from(newPassword, 'base64').toString('utf8'));
      return {};
    },
    DeleteCredential({ username }: { username: string }) {
      state.users.delete(username);
      return {};
    },
    ListCredUsers: () => ({ usernames: [...state.users.keys()].sort() }),

    CreateRole({ entity }: { entity: Named | null }) {
      const name = entity?.name ?? '';
      if (state.roles.has(name)) throw new SimError(65535, 35, `role [name:"${name}"] already exists`);
      state.roles.add(name);
      return {};
    },
    DropRole({ role_name }: { role_name: string }) {
      requireRole(role_name, 36);
      state.roles.delete(role_name);
      state.grants = state.grants.filter((grant) => grant.role?.name !== role_name);
      for (const { roles } of state.users.values()) roles.delete(role_name);
      return {};
    },
    OperateUserRole({ username, role_name, type }: { username: string; role_name: string; type: number }) {
      requireRole(role_name, 37);
      const user = state.users.get(username);
      if (user === undefined) throw new SimError(65535, 37, `not found the user: ${username}`);
      if (type === 0) user.roles.add(role_name);
      else user.roles.delete(role_name);
      return {};
    },
    SelectRole({ role }: { role: Named | null }) {
      const names = [...state.roles].filter((name) => !role?.name || role.name === name);
      const usersOf = (name: string): Named[] =>
        named([...state.users.values()].filter(({ roles }) => roles.has(name)).map(({ user }) => user));
      return { results: names.map((name) => ({ role: { name }, users: usersOf(name) })) };
    },
    SelectUser({ user }: { user: Named | null }) {
      const found = [...state.users.values()].filter((one) => !user?.name || user.name === one.user);
      return { results: found.map((one) => ({ user: { name: one.user }, roles: named(one.roles) })) };
    },
    OperatePrivilege({ entity, type }: { entity: Grant | null; type: number }) {
      if (entity === null) return {};
      const grant = {
        ...entity,
        grantor: { user: { name: 'root' }, privilege: entity.grantor?.privilege ?? null },
      };
      if (type === 0) addGrant(grant);
      else removeGrant(grant);
      return {};
    },
    OperatePrivilegeV2(request: {
      role: Named | null;
      grantor: Grant['grantor'];
      type: number;
      db_name: string;
      collection_name: string;
    }) {
      const grant: Grant = {
        role: request.role,
        object: { name: 'Global' },
        object_name: request.collection_name,
        grantor: { user: { name: 'root' }, privilege: request.grantor?.privilege ?? null },
        db_name: request.db_name,
      };
      if (request.type === 0) addGrant(grant);
      else removeGrant(grant);
      return {};
    },
    SelectGrant({ entity }: { entity: Grant | null }) {
      const role = entity?.role?.name;
      return { entities: state.grants.filter((grant) => grant.role?.name === role) };
    },

    CreatePrivilegeGroup({ group_name }: { group_name: string }) {
      if (state.groups.has(group_name))
        throw new SimError(1100, 58, `privilege group name [${group_name}] is defined by others`);
      state.groups.set(group_name, new Set());
      return {};
    },
    DropPrivilegeGroup({ group_name }: { group_name: string }) {
      state.groups.delete(group_name);
      return {};
    },
    ListPrivilegeGroups: () => ({ privilege_groups: groupsOf(state) }),
    OperatePrivilegeGroup(request: { group_name: string; privileges: readonly Named[]; type: number }) {
      const group = state.groups.get(request.group_name);
      if (group === undefined)
        throw new SimError(1100, 61, `there is no privilege group name [${request.group_name}] to operate`);
      for (const { name } of request.privileges) {
        if (request.type === 0) group.add(name);
        else group.delete(name);
      }
      return {};
    },

    BackupRBAC: () => ({
      RBAC_meta: {
        users: [...state.users.values()]
          .filter(({ user }) => user !== 'root')
          .map((one) => ({ user: one.user, password: one.password, roles: named(one.roles) })),
        roles: named([...state.roles].filter((name) => !builtInRoles.includes(name))),
        grants: state.grants,
        privilege_groups: groupsOf(state),
      },
    }),
    RestoreRBAC({ RBAC_meta: meta }: { RBAC_meta: RbacMessage | null }) {
      if (meta === null) return {};
      const clash =
        meta.users.find(({ user }) => state.users.has(user))?.user ??
        meta.roles.find(({ name }) => state.roles.has(name))?.name ??
        meta.privilege_groups.find(({ group_name }) => state.groups.has(group_name))?.group_name;
      if (clash !== undefined) throw new SimError(65535, 1, `restore RBAC: ${clash} already exists`);
      for (const { name } of meta.roles) state.roles.add(name);
      for (const { group_name, privileges } of meta.privilege_groups) {
        state.groups.set(group_name, new Set(privileges.map(({ name }) => name)));
      }
      for (const grant of meta.grants) addGrant(grant);
      for (const { user, password, roles } of meta.users) {
        state.users.set(user, { user, password, roles: new Set(roles.map(({ name }) => name)) });
      }
      return {};
    },
  };
}

function groupsOf(state: RbacState): object[] {
  return [...state.groups].map(([group_name, privileges]) => ({
    group_name,
    privileges: [...privileges].map((name) => ({ name })),
  }));
}
