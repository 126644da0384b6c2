import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
import { SupportError } from '../support-error.js';

const version = '24.9.0';

/**
 * The path of a Node 24 binary in the cache. The npm package `node` only chooses the package of the platform
 * in an install script; that package is installed itself, so that nothing depends on scripts being allowed.
 * @throws SupportError `NPM_FAILED`
 */
export async function ensureNode24(): Promise<string> {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const packageName = `node-${platform}-${process.arch}`;
  const folder = await installOnce(`node-${version}`, async (temporary) => {
    const project = join(temporary, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{"private":true}');
    const args = ['install', '--prefix', project, '--no-audit', '--no-fund', '--ignore-scripts'];
    const result = await execa('npm', [...args, `${packageName}@${version}`], {
      cwd: project,
      reject: false,
      stdin: 'ignore',
      all: true,
    });
    if (result.exitCode !== 0) {
      throw new SupportError({
        code: 'NPM_FAILED',
        message: `npm could not install ${packageName}@${version}: ${(result.all ?? '').trim().slice(-1000)}`,
        remedy: 'Check that npm reaches a registry (its own settings are honoured).',
        cause: result instanceof Error ? result : undefined,
      });
    }
    await rename(join(project, 'node_modules', packageName, 'bin'), join(temporary, 'bin'));
    await rm(project, { recursive: true });
  });
  return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
