import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { BackupError, type ServerToken, toBackupError } from '@milvus-backup/core';
import type { Caller } from './caller.js';

/** Of the secrets themselves only hashes are kept. */
export interface KnownToken {
  readonly caller: Caller;
  readonly hash: Buffer;
  /** Short enough to be guessed. */
  readonly isShort: boolean;
  /** Where it comes from. */
  readonly source: ServerToken;
}

/** Characters. Less can be guessed. */
export const shortestSafeToken = 16;
/** Characters. Longer ones fit into no header; a path may also name something endless. */
export const longestToken = 4096;

export interface LoadedTokens {
  readonly known: readonly KnownToken[];
  readonly warnings: readonly string[];
}

/**
 * Hashes the tokens of the configuration, those in files among them.
 * @throws BackupError `CONFIG_INVALID` naming the token, never its content; also for one secret with two roles, since
 *   nobody could tell which of them it gives
 */
export function loadTokens(tokens: readonly ServerToken[]): LoadedTokens {
  const known = tokens.map(readToken);
  refuseTwoRoles(known);
  const short = known.filter(({ isShort }) => isShort);
  return {
    known,
    warnings: short.map(
      ({ caller }) =>
        `the token ${caller.name} has fewer than ${shortestSafeToken} characters and can be guessed; make one with: openssl rand -hex 32`,
    ),
  };
}

/**
 * Reads files with tokens again, each by itself. A token whose file is gone is one no more; one whose file holds no token,
 * as while it is being written, or cannot be read stays what it was.
 * @returns also the first fault, for the log
 */
export function reloadTokens(
  tokens: readonly ServerToken[],
  before: readonly KnownToken[],
): { readonly known: readonly KnownToken[]; readonly fault: BackupError | null } {
  let fault: BackupError | null = null;
  const known = tokens.flatMap((token): readonly KnownToken[] => {
    try {
      return [readToken(token)];
    } catch (thrown) {
      fault ??= toBackupError(thrown);
      return isGone(thrown) ? [] : before.filter(({ source }) => source === token);
    }
  });
  try {
    refuseTwoRoles(known);
    return { known, fault };
  } catch (thrown) {
    return { known: before, fault: toBackupError(thrown) };
  }
}

function readToken(token: ServerToken): KnownToken {
  const secret = token.tokenFile === '' ? token.token.trim() : readTokenFile(token);
  if (!/^[!-~]+$/.test(secret)) {
    throw invalid(token, 'is empty or has characters that no HTTP header can carry');
  }
  if (secret.length > longestToken) throw invalid(token, `has more than ${longestToken} characters`);
  return {
    caller: { name: token.name, role: token.role, via: 'token' },
    hash: hash(secret),
    isShort: secret.length < shortestSafeToken,
    source: token,
  };
}

function refuseTwoRoles(known: readonly KnownToken[]): void {
  for (const [at, { hash, caller, source }] of known.entries()) {
    const other = known.slice(0, at).find((one) => one.hash.equals(hash));
    if (other && other.caller.role !== caller.role)
      throw invalid(source, `is the same as the token ${other.caller.name}, which has another role`);
  }
}

const isGone = (thrown: unknown): boolean =>
  thrown instanceof BackupError && thrown.cause instanceof Error && hasCode(thrown.cause, 'ENOENT');

const hasCode = (error: Error, code: string): boolean => 'code' in error && error.code === code;

/**
 * Whose token it is. Takes the same time whichever matches, or none: it compares hashes of one length, in constant
 * time, and always all of them.
 */
export function findToken(known: readonly KnownToken[], presented: string): Caller | null {
  const wanted = hash(presented);
  let found: Caller | null = null;
  for (const { caller, hash: mine } of known) if (timingSafeEqual(mine, wanted)) found = caller;
  return found;
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

function readTokenFile(token: ServerToken): string {
  try {
    const bytes = Buffer.alloc(2 * longestToken);
    const file = openSync(token.tokenFile, 'r');
    try {
      let size = 0;
      for (let read = -1; read !== 0 && size < bytes.length; size += read)
        read = readSync(file, bytes, size, bytes.length - size, null);
      return bytes.toString('utf8', 0, size).trim();
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw invalid(token, `cannot be read from ${token.tokenFile} (${code})`, cause);
  }
}

const invalid = (token: ServerToken, message: string, cause?: unknown): BackupError =>
  new BackupError({
    code: 'CONFIG_INVALID',
    message: `the token ${token.name} of server.auth.tokens ${message}`,
    remedy: cause
      ? 'put the token into that file, and let the user that runs this program read it'
      : 'make one with: openssl rand -hex 32',
    details: { token: token.name },
    ...(cause === undefined ? {} : { cause }),
  });
