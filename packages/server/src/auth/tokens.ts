import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BackupError, type ServerToken } from '@milvus-backup/core';
import type { Caller } from './caller.js';

/** Of the secrets themselves only hashes are kept. */
export interface KnownToken {
  readonly caller: Caller;
  readonly hash: Buffer;
}

/** Characters. Less can be guessed. */
export const shortestSafeToken = 16;

/**
 * Hashes the tokens of the configuration, those in files among them.
 * @throws BackupError `CONFIG_INVALID` naming the token, never its content
 */
export function loadTokens(tokens: readonly ServerToken[]): {
  readonly known: readonly KnownToken[];
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  const known = tokens.map((token): KnownToken => {
    const secret = token.tokenFile === '' ? token.token.trim() : readTokenFile(token);
    if (!/^[!-~]+$/.test(secret)) {
      throw invalid(token, 'is empty or has characters that no HTTP header can carry');
    }
    if (secret.length < shortestSafeToken)
      warnings.push(
        `the token ${token.name} has fewer than ${shortestSafeToken} characters and can be guessed; make one with: openssl rand -hex 32`,
      );
    return { caller: { name: token.name, role: token.role, via: 'token' }, hash: hash(secret) };
  });
  return { known, warnings };
}

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
    return readFileSync(token.tokenFile, 'utf8').trim();
  } catch (cause) {
    throw invalid(token, `cannot be read from ${token.tokenFile}`, cause);
  }
}

const invalid = (token: ServerToken, message: string, cause?: unknown): BackupError =>
  new BackupError({
    code: 'CONFIG_INVALID',
    message: `the token ${token.name} of server.auth.tokens ${message}`,
    remedy: 'make one with: openssl rand -hex 32',
    details: { token: token.name },
    ...(cause === undefined ? {} : { cause }),
  });
