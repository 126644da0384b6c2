import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce } from '../cache/install-once.js';
import { npmInstall } from './npm-install.js';

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
    await npmInstall(project, `${packageName}@${version}`);
    await rename(join(project, 'node_modules', packageName, 'bin'), join(temporary, 'bin'));
    await rm(project, { recursive: true });
  });
  return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
