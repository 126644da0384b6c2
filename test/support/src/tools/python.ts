import { join } from 'node:path';
import { execa } from 'execa';
import { readEnvironment } from '../environment.js';
import { SupportError } from '../support-error.js';

export interface Python {
  readonly command: string;
  readonly major: number;
  readonly minor: number;
}

const oldest = { major: 3, minor: 8 };
const versionProgram = 'import sys; print("%d.%d" % sys.version_info[:2])';

/**
 * A Python of the machine, 3.8 or newer: `MILVUS_BACKUP_PYTHON`, `python3` or `python`.
 * @throws SupportError `PYTHON_MISSING`
 */
export async function findPython(): Promise<Python> {
  const named = readEnvironment().python;
  const tried: string[] = [];
  for (const command of named ? [named] : ['python3', 'python']) {
    const result = await execa(command, ['-c', versionProgram], { reject: false, stdin: 'ignore' });
    const match = /^(\d+)\.(\d+)$/.exec(result.exitCode === 0 ? result.stdout.trim() : '');
    if (!match) {
      tried.push(`${command}: ${result.shortMessage ?? 'gave no version'}`);
      continue;
    }
    const python = { command, major: Number(match[1]), minor: Number(match[2]) };
    if (python.major === oldest.major && python.minor >= oldest.minor) return python;
    tried.push(`${command}: version ${match[0]} is too old`);
  }
  throw new SupportError({
    code: 'PYTHON_MISSING',
    message: `no Python ${oldest.major}.${oldest.minor} or newer was found (${tried.join('; ')})`,
    remedy: 'Install Python 3 with venv and pip, or name one in MILVUS_BACKUP_PYTHON.',
  });
}

/** @throws SupportError `PYTHON_VENV_MISSING` */
export async function createVenv(
  python: Python,
  folder: string,
  options: readonly string[] = [],
): Promise<void> {
  const result = await execa(python.command, ['-m', 'venv', ...options, folder], {
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  if (result.exitCode === 0) return;
  throw new SupportError({
    code: 'PYTHON_VENV_MISSING',
    message: `${python.command} -m venv failed: ${(result.all ?? '').trim().slice(-1000)}`,
    remedy: 'Install the venv and pip parts of Python (on Debian and Ubuntu: python3-venv).',
    cause: result instanceof Error ? result : undefined,
  });
}

export function venvPython(venv: string): string {
  return process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}
