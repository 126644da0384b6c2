import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import type { ResolvedConfig } from '../../src/config/types.js';
import { type BackupError, isBackupError } from '../../src/errors/index.js';

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
}

/** Loads this text as `backup.yaml` of an otherwise empty folder; `null` goes without a file. */
export async function loadText(
  yaml: string | null,
  { env = {}, set = [] }: Around = {},
): Promise<ResolvedConfig> {
  const cwd = mkdtempSync(join(tmpdir(), 'config-'));
  try {
    if (yaml !== null) writeFileSync(join(cwd, 'backup.yaml'), yaml);
    return await loadConfig({ path: yaml === null ? '' : null, env, cwd, set });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** The error that loading gives. */
export async function failText(yaml: string | null, around: Around = {}): Promise<BackupError> {
  const outcome = await loadText(yaml, around).catch((error: unknown) => error);
  if (!isBackupError(outcome)) throw new Error(`expected a BackupError, got ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Value, source and source key of one setting, as the listing has them. */
export function show(resolved: ResolvedConfig, key: string): string {
  const entry = resolved.entries.find((candidate) => candidate.key === key);
  return entry === undefined ? 'absent' : `${entry.value} ${entry.source} ${entry.sourceKey}`.trim();
}

/** One `key: value` line nested under its sections. */
export function nest(path: string, value: string): string {
  const levels = path.split('.');
  return levels
    .map((level, depth) => `${'  '.repeat(depth)}${level}:${depth === levels.length - 1 ? ` ${value}` : ''}`)
    .join('\n');
}
