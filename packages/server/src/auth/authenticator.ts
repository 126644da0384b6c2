import type { TLSSocket } from 'node:tls';
import type { ServerSection } from '@milvus-backup/core';
import { anonymous, type Caller } from './caller.js';
import { findToken, loadTokens, reloadTokens } from './tokens.js';

/** What a request brings to prove who sends it. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** `undefined` where there is none, as in `app.request()`. */
  readonly socket: object | undefined;
}

export interface Authenticator {
  /** Whether anyone is refused at all. */
  readonly demands: 'nothing' | 'token' | 'certificate' | 'token and certificate';
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
  /** `null`: a stranger. */
  identify(credentials: Credentials): Caller | null;
  /**
   * Reads files with tokens again. A token whose file is gone is refused from then on.
   * @throws BackupError `CONFIG_INVALID` for the first file without a token: the other files count, and that token stays
   */
  reload(): void;
}

/**
 * Knows callers by the section `server.auth`. With both tokens and client certificates a caller needs both, and has
 * the role of the token.
 * @throws BackupError `CONFIG_INVALID` for tokens that cannot be used
 */
export function createAuthenticator({ auth, tls }: ServerSection): Authenticator {
  const loaded = loadTokens(auth.tokens);
  let { known } = loaded;
  const byToken = auth.tokens.length > 0;
  const byCertificate = tls.clientCA !== '';
  const demands = byToken
    ? byCertificate
      ? 'token and certificate'
      : 'token'
    : byCertificate
      ? 'certificate'
      : 'nothing';
  return {
    demands,
    warnings: loaded.warnings,
    identify({ authorization, socket }) {
      if (demands === 'nothing') return anonymous;
      const holder = byCertificate ? readCertificate(socket) : null;
      if (byCertificate && holder === null) return null;
      if (!byToken) return holder;
      const presented = /^Bearer +([!-~]{1,4096}) *$/i.exec(authorization ?? '')?.[1];
      return presented === undefined ? null : findToken(known, presented);
    },
    reload() {
      const again = reloadTokens(auth.tokens, known);
      known = again.known;
      if (again.fault !== null) throw again.fault;
    },
  };

  /** The handshake has checked the signature; names and roles are checked here. */
  function readCertificate(socket: object | undefined): Caller | null {
    if (!isTls(socket) || !socket.authorized) return null;
    const { subject, subjectaltname = '' } = socket.getPeerCertificate();
    const common = [subject?.CN ?? []].flat();
    const names = [
      ...common,
      ...[...subjectaltname.matchAll(/(?:^|, )DNS:([^",]+)/g)].map(([, name]) => name ?? ''),
    ];
    const [first = 'unnamed certificate'] = names;
    if (auth.clients.length === 0) return { name: first, role: 'admin', via: 'certificate' };
    const client = auth.clients.find(({ name }) => names.includes(name));
    return client === undefined ? null : { name: client.name, role: client.role, via: 'certificate' };
  }
}

const isTls = (socket: object | undefined): socket is TLSSocket =>
  socket !== undefined && 'getPeerCertificate' in socket;
