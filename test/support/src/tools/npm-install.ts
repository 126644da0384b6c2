import { mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { SupportError } from '../support-error.js';

/**
 * Makes `project` and installs one package into it with npm, with the user's own registry and without running scripts.
 * @param specification name and exact version, such as `azurite@3.37.0`
 * @throws SupportError `NPM_FAILED`
 */
export async function npmInstall(project: string, specification: string): Promise<void> {
  await mkdir(project);
  await writeFile(`${project}/package.json`, '{"private":true}');
  const args = ['install', '--prefix', project, '--no-audit', '--no-fund', '--ignore-scripts'];
  const result = await execa('npm', [...args, specification], {
    cwd: project,
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  if (result.exitCode === 0) return;
  throw new SupportError({
    code: 'NPM_FAILED',
    message: `npm could not install ${specification}: ${(result.all ?? '').trim().slice(-1000)}`,
    remedy: 'Check that npm reaches a registry (its own settings are honoured).',
    cause: result instanceof Error ? result : undefined,
  });
}
