import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
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

/** A command with its first arguments, and what goes before the arguments of `pip`. */
interface Pip {
  readonly command: string;
  readonly arguments: readonly string[];
}

/**
 * Runs pip with the user's own configuration and environment: which index, proxy or certificate is used is
 * theirs to say.
 * @throws SupportError `PIP_FAILED` with the end of what pip said
 */
export async function runPip(pip: Pip, args: readonly string[]): Promise<void> {
  const all = [...pip.arguments, ...args, '--disable-pip-version-check', '--no-input'];
  const result = await execa(pip.command, all, { reject: false, stdin: 'ignore', all: true });
  if (result.exitCode === 0) return;
  throw new SupportError({
    code: 'PIP_FAILED',
    message: `pip ${args[0]} failed: ${(result.all ?? result.shortMessage ?? '').trim().slice(-2000)}`,
    remedy: 'Check that pip reaches a package index (its own settings and PIP_* variables are honoured).',
    cause: result instanceof Error ? result : undefined,
  });
}

/** The pip of a venv in the cache, or the machine's own where venv has no pip to offer. */
export async function findPip(): Promise<Pip> {
  const python = await findPython();
  const own: Pip = { command: python.command, arguments: ['-m', 'pip'] };
  try {
    const folder = await installOnce(`venv-tools-${python.major}.${python.minor}`, async (temporary) => {
      await createVenv(python, join(temporary, 'venv'));
    });
    return { command: venvPython(join(folder, 'venv')), arguments: ['-m', 'pip'] };
  } catch (error) {
    if (!(error instanceof SupportError) || error.code !== 'PYTHON_VENV_MISSING') throw error;
    const probe = await execa(own.command, [...own.arguments, '--version'], {
      reject: false,
      stdin: 'ignore',
    });
    if (probe.exitCode === 0) return own;
    throw error;
  }
}

/** @throws SupportError `PYTHON_VENV_MISSING` */
export async function createVenv(python: Python, folder: string): Promise<void> {
  const result = await execa(python.command, ['-m', 'venv', folder], {
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

/**
 * Downloads the wheel of one package into `folder` and gives its path.
 * @throws SupportError `PLATFORM_UNSUPPORTED` when pip brought no wheel
 */
export async function downloadWheel(requirement: string, folder: string): Promise<string> {
  const pip = await findPip();
  await runPip(pip, ['download', '--no-deps', '--only-binary=:all:', '--dest', folder, requirement]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel) return join(folder, wheel);
  throw new SupportError({
    code: 'PLATFORM_UNSUPPORTED',
    message: `there is no wheel of ${requirement} for ${process.platform} ${process.arch}`,
    remedy: 'Use Linux on x86-64.',
  });
}
