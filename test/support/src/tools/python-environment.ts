import { createHash } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
import { SupportError } from '../support-error.js';
import { findPip, runPip } from './pip.js';
import { createVenv, findPython, type Python, venvPython } from './python.js';

/** pymilvus that talks to Milvus 2.3.5, in the newest version that has wheels for the Python at hand. */
export const pymilvusRequirements: readonly string[] = [
  'pymilvus==2.5.11; python_version < "3.14"',
  'pymilvus==2.6.2; python_version >= "3.14"',
  // Newer ones no longer have what pymilvus 2.5 imports.
  'setuptools>69,<81',
  'marshmallow<4',
];

/**
 * The path of a Python with packages installed, kept in the cache per set of requirements.
 * @param requirements lines as in a requirements file, or the path of one; default: pymilvus
 * @throws SupportError `PYTHON_MISSING`, `PYTHON_VENV_MISSING` or `PIP_FAILED`
 */
export async function ensurePython(
  requirements: readonly string[] | string = pymilvusRequirements,
): Promise<string> {
  const lines =
    typeof requirements === 'string' ? requirementLines(await readFile(requirements, 'utf8')) : requirements;
  const python = await findPython();
  const version = `${python.major}.${python.minor}`;
  const hash = createHash('sha256')
    .update(JSON.stringify([version, lines]))
    .digest('hex');
  const folder = await installOnce(`python-${version}-${hash.slice(0, 12)}`, async (temporary) => {
    const venv = join(temporary, '.new');
    await createEnvironment(python, venv, lines);
    await rename(venv, join(temporary, 'venv'));
  });
  return venvPython(join(folder, 'venv'));
}

function requirementLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

/** With the pip of the venv, or that of the machine where venv comes without one. */
async function createEnvironment(python: Python, venv: string, lines: readonly string[]): Promise<void> {
  const install = ['install', '--prefer-binary'];
  try {
    await createVenv(python, venv);
  } catch (error) {
    if (!(error instanceof SupportError) || error.code !== 'PYTHON_VENV_MISSING') throw error;
    await createVenv(python, venv, ['--without-pip', '--clear']);
    const program = 'import sysconfig; print(sysconfig.get_paths()["purelib"])';
    const { stdout: target } = await execa(venvPython(venv), ['-c', program], { stdin: 'ignore' });
    await runPip(await findPip(), [...install, '--target', target.trim(), ...lines]);
    return;
  }
  await runPip({ command: venvPython(venv), arguments: ['-m', 'pip'] }, [...install, ...lines]);
}
