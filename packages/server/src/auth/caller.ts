import type { ServerRole } from '@milvus-backup/core';

/** Who makes a call, as the audit log names them. */
export interface Caller {
  /** Name of the token or of the client certificate; `anonymous` where none is asked for. */
  readonly name: string;
  readonly role: ServerRole;
  readonly via: 'token' | 'certificate' | 'nothing';
}

/** Where nobody has to prove who they are: on loopback without tokens, or after `server.auth: none`. */
export const anonymous: Caller = { name: 'anonymous', role: 'admin', via: 'nothing' };

const ranks: Readonly<Record<ServerRole, number>> = { read: 0, operate: 1, admin: 2 };

/** Each role has the rights of those below it. */
export const hasRole = (caller: Caller, needed: ServerRole): boolean => ranks[caller.role] >= ranks[needed];
