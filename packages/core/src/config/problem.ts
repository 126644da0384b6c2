import { BackupError } from '../errors/index.js';
import type { ConfigSource } from './types.js';

/** Where a value was written. */
export interface Origin {
  readonly source: ConfigSource;
  /** The key, variable or `--set` name that was used; empty for defaults. */
  readonly sourceKey: string;
  /** Line in the file, from 1. */
  readonly line?: number;
}

/** One thing that is wrong. All are collected first, so that a user mends a file once, not key by key. */
export interface Problem {
  /** The key as the user's schema spells it. */
  readonly key: string;
  /** What is wrong with it; never holds a secret. */
  readonly message: string;
  /** What to write instead. */
  readonly remedy: string;
  readonly origin?: Origin;
}

/** Names the place of a value in a message: ` (backup.yaml, line 3)`, empty for defaults. */
export function describeOrigin(origin: Origin | undefined, file: string | null): string {
  switch (origin?.source) {
    case 'config':
      return ` (${file ?? 'file'}, line ${origin.line ?? '?'})`;
    case 'env':
      return ` (environment variable ${origin.sourceKey})`;
    case 'override':
      return ` (--set ${origin.sourceKey})`;
    case 'file':
      return ` (file ${origin.sourceKey})`;
    case 'inherited':
      return ` (taken from ${origin.sourceKey})`;
    default:
      return '';
  }
}

/** @returns a BackupError `CONFIG_INVALID` with one line per problem */
export function createInvalidError(problems: readonly Problem[], file: string | null): BackupError {
  const [first] = problems;
  const lines = problems.map((p) => `cfg: ${p.key}: ${p.message}${describeOrigin(p.origin, file)}`);
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: lines.join('\n'),
    remedy: [...new Set(problems.map((p) => p.remedy))].join('\n'),
    details: {
      file,
      key: first?.key ?? null,
      line: first?.origin?.line ?? null,
      problems: problems.length,
    },
  });
}

/** A value from outside as it may stand in a message: quoted, no control characters, not endless. */
export function quote(value: string): string {
  const short = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(hideUrlPassword(short));
}

/** `http://user:pass@host` without what stands before the `@`. */
export function hideUrlPassword(value: string): string {
  return value.replace(/:\/\/[^/?#]*@/g, '://****@');
}
