import { UsageError } from 'clipanion';
import { type ExitCode, exitCodeOf } from '../exit-codes.js';
import { FlagError } from '../flag-error.js';
import type { CliHost } from '../host.js';
import { type ErrorFacts, errorDocument } from './json.js';
import { toPlain } from './plain.js';

/**
 * Tells an error once: a line and its remedy on stderr and, for scripts that read JSON, the one document on stdout.
 * @returns the exit code it stands for
 */
export async function reportError(host: CliHost, error: unknown, json: boolean): Promise<ExitCode> {
  const facts = await readFacts(error);
  const remedies = facts.remedy ? facts.remedy.split('\n').map((remedy) => `  → ${remedy}\n`) : [];
  host.stderr.write(toPlain(`Error: ${facts.message}\n${remedies.join('')}`));
  if (json) host.stdout.write(toPlain(`${JSON.stringify(errorDocument(facts), null, 2)}\n`));
  return exitCodeOf(facts);
}

async function readFacts(error: unknown): Promise<ErrorFacts> {
  if (error instanceof FlagError) return { ...error, message: error.message, details: {} };
  if (error instanceof UsageError) {
    return { code: 'INVALID_ARGUMENT', message: error.message, remedy: undefined, details: {} };
  }
  if (error instanceof Error && 'clipanion' in error) {
    // the library's own refusal of a command line; what follows the first line is its usage text
    const [message = ''] = error.message.split('\n');
    return { code: 'INVALID_ARGUMENT', message, remedy: 'see `milvus-backup COMMAND --help`', details: {} };
  }
  const { toBackupError } = await import('@milvus-backup/core');
  return toBackupError(error);
}
