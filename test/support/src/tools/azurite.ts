import { join } from 'node:path';
import { installOnce } from '../cache/install-once.js';
import { npmInstall } from './npm-install.js';

const version = '3.37.0';

/**
 * The path of the script of Azurite's blob service, installed on first use (365 MB). Not a dependency of this
 * repository: it would come with every `npm ci`, and bring its hundreds of packages into every audit.
 * @throws SupportError `NPM_FAILED`
 */
export async function ensureAzurite(): Promise<string> {
  const folder = await installOnce(`azurite-${version}`, (temporary) =>
    npmInstall(join(temporary, 'project'), `azurite@${version}`),
  );
  return join(folder, 'project', 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js');
}
