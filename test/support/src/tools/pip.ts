import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
import { SupportError } from '../support-error.js';
import { createVenv, findPython, venvPython } from './python.js';

/** A command with its first arguments, and what goes before the arguments of `pip`. */
export interface Pip {
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
