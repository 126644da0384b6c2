import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDriver } from '../../src/driver/index.js';
import { thrownBy } from './thrown-by.js';

let root = '';
let configFolder = '';
let frontendFolder = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'load-driver-'));
  configFolder = join(root, 'config');
  frontendFolder = join(root, 'lib', 'frontend', 'dist');
  await mkdir(configFolder);
  await mkdir(frontendFolder, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const plugin = (name: string, version = '1'): string =>
  `export const driverPlugin = { contractVersion: ${version}, name: '${name}', createDriver() {} };`;

/** Puts a package into `node_modules` of a folder. */
async function install(
  folder: string,
  name: string,
  source: string,
  description: object = { type: 'module', exports: './index.js' },
  file = 'index.js',
): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(dirname(join(target, file)), { recursive: true });
  await writeFile(join(target, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...description }));
  await writeFile(join(target, file), source);
}

const load = (
  driver: string | undefined,
  provider: 's3' | 'local' | 'azure' | 'gcpnative' = 's3',
): Promise<{ name: string }> =>
  loadDriver(
    { path: 'backup.storage', provider, ...(driver === undefined ? {} : { driver }) },
    { resolveFrom: [configFolder, pathToFileURL(join(frontendFolder, 'index.js')).href] },
  );

describe('finding', () => {
  it.each([
    ['s3', '@milvus-backup/driver-s3'],
    ['local', '@milvus-backup/driver-local'],
    ['azure', '@milvus-backup/driver-azure'],
    ['gcpnative', '@milvus-backup/driver-gcs'],
  ] as const)('the package that core knows for %s', async (provider, name) => {
    await install(configFolder, name, plugin('known'));
    expect((await load(undefined, provider)).name).toBe('known');
  });

  it('a scoped name from the configuration', async () => {
    await install(configFolder, '@acme/tape', plugin('tape'));
    expect((await load('@acme/tape')).name).toBe('tape');
  });

  it('a plain name from the configuration', async () => {
    await install(configFolder, 'tape', plugin('tape'));
    expect((await load('tape')).name).toBe('tape');
  });

  it('from the frontend when it is not beside the configuration', async () => {
    await install(join(root, 'lib'), 'tape', plugin('from-frontend'));
    expect((await load('tape')).name).toBe('from-frontend');
  });

  it('beside the configuration before the frontend', async () => {
    await install(configFolder, 'tape', plugin('from-config'));
    await install(join(root, 'lib'), 'tape', plugin('from-frontend'));
    expect((await load('tape')).name).toBe('from-config');
  });

  it('in a node_modules above the configuration', async () => {
    await install(root, 'tape', plugin('above'));
    expect((await load('tape')).name).toBe('above');
  });

  it('a file, relative to the configuration', async () => {
    await writeFile(join(configFolder, 'own-driver.mjs'), plugin('own'));
    expect((await load('./own-driver.mjs')).name).toBe('own');
  });
});

describe('kinds of package', () => {
  const nested = 'dist/esm/index.js';
  it.each([
    ['exports with an import entry only', { type: 'module', exports: { '.': { import: `./${nested}` } } }],
    ['exports without subpaths', { type: 'module', exports: { import: `./${nested}` } }],
    [
      'types first, as compilers want',
      { type: 'module', exports: { '.': { types: './x.d.ts', default: `./${nested}` } } },
    ],
    [
      'conditions inside conditions',
      { type: 'module', exports: { '.': { node: { import: `./${nested}` } } } },
    ],
    ['a list of candidates', { type: 'module', exports: { '.': [{ browser: './b.js' }, `./${nested}`] } }],
    ['main and no exports', { type: 'module', main: `./${nested}` }],
  ])('%s', async (_name, description) => {
    await install(configFolder, 'tape', plugin('tape'), description, nested);
    expect((await load('tape')).name).toBe('tape');
  });

  it('CommonJS, its exports as one object', async () => {
    const source = `module.exports = { driverPlugin: { contractVersion: 1, name: 'old', createDriver() {} } };`;
    await install(configFolder, 'tape', source, { main: 'index.js' });
    expect((await load('tape')).name).toBe('old');
  });

  it('CommonJS', async () => {
    const source = `exports.driverPlugin = { contractVersion: 1, name: 'old', createDriver() {} };`;
    await install(configFolder, 'tape', source, { main: 'index.js' });
    expect((await load('tape')).name).toBe('old');
  });
});

describe('failing, with the name and what to do', () => {
  it('missing: the places tried and the install command', async () => {
    const error = await thrownBy(() => load('@acme/tape'));
    expect(error).toMatchObject({ code: 'DRIVER_LOAD_FAILED', details: { driver: '@acme/tape' } });
    expect(error.message).toContain('backup.storage.driver "@acme/tape"');
    expect(error.message).toContain(configFolder);
    expect(error.message).toContain(frontendFolder);
    expect(error.remedy).toContain('npm install @acme/tape');
  });

  it('missing, for a provider', async () => {
    const error = await thrownBy(() => load(undefined, 'azure'));
    expect(error.message).toContain('backup.storage.provider "azure"');
    expect(error.remedy).toContain('npm install @milvus-backup/driver-azure');
  });

  it('broken: throws while loading', async () => {
    await install(configFolder, 'tape', `throw new Error('no such device');`);
    const error = await thrownBy(() => load('tape'));
    expect(error.code).toBe('DRIVER_LOAD_FAILED');
    expect(error.message).toContain('no such device');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('broken: a dependency of it is missing', async () => {
    await install(configFolder, 'tape', `import 'not-installed-anywhere';`);
    const error = await thrownBy(() => load('tape'));
    expect(error.message).toContain('not-installed-anywhere');
    expect(error.remedy).toContain('npm install tape');
  });

  it('broken: its entry file is missing', async () => {
    await install(configFolder, 'tape', plugin('tape'), { type: 'module', exports: './gone.js' });
    expect((await thrownBy(() => load('tape'))).code).toBe('DRIVER_LOAD_FAILED');
  });

  it.each(['../outside.js', '../../other/index.js', './a/../../../outside.js', 'index.js'])(
    'broken: its entry %s is outside of the package, or not as Node has it',
    async (entry) => {
      await install(configFolder, 'tape', plugin('tape'), { type: 'module', exports: entry });
      await writeFile(join(configFolder, 'node_modules', 'outside.js'), plugin('outside'));
      const error = await thrownBy(() => load('tape'));
      expect(error.code).toBe('DRIVER_LOAD_FAILED');
      expect(error.message).toContain(entry);
    },
  );

  it.each([
    'tape/../../../outside',
    '@acme/../../outside',
    '@acme',
    'file:///tmp/driver.js',
    'data:text/javascript,0',
    '..',
    'tape\0',
    'https://acme.example/driver.js',
  ])('no name of a package: %j', async (name) => {
    await writeFile(join(root, 'outside.js'), plugin('outside'));
    const error = await thrownBy(() => load(name));
    expect(error.code).toBe('DRIVER_LOAD_FAILED');
    expect(error.message).toContain('backup.storage.driver');
    expect(error.message).toContain('neither the name of a package nor a path');
    expect(error.remedy).toContain('./');
  });

  it('missing, a path: no install command', async () => {
    const error = await thrownBy(() => load('./gone.mjs'));
    expect(error.message).toContain('./gone.mjs');
    expect(error.remedy).not.toContain('npm install');
    expect(error.remedy).toContain('folder of the configuration file');
  });

  it('broken: its description is not JSON', async () => {
    await install(configFolder, 'tape', plugin('tape'));
    await writeFile(join(configFolder, 'node_modules', 'tape', 'package.json'), '{');
    expect((await thrownBy(() => load('tape'))).code).toBe('DRIVER_LOAD_FAILED');
  });

  it.each([
    ['no driverPlugin', 'export const other = 1;', 'does not export driverPlugin'],
    ['a default export only', 'export default {};', 'does not export driverPlugin'],
    ['no createDriver', `export const driverPlugin = { contractVersion: 1, name: 'x' };`, 'createDriver'],
    ['no name', 'export const driverPlugin = { contractVersion: 1, createDriver() {} };', 'name'],
    ['null', 'export const driverPlugin = null;', 'contract version undefined'],
  ])('wrong shape: %s', async (_name, source, text) => {
    await install(configFolder, 'tape', source);
    const error = await thrownBy(() => load('tape'));
    expect(error.code).toBe('DRIVER_LOAD_FAILED');
    expect(error.message).toContain(text);
    expect(error.remedy).toBeTruthy();
  });

  it.each(['2', '0', `'1'`, 'undefined'])('wrong contract version: %s', async (version) => {
    await install(configFolder, 'tape', plugin('tape', version));
    const error = await thrownBy(() => load('tape'));
    expect(error.code).toBe('DRIVER_LOAD_FAILED');
    expect(error.message).toContain('this program has version 1');
    expect(error.remedy).toContain('npm install tape');
  });
});

it('a program that bundles its drivers brings its own import', async () => {
  await install(configFolder, 'tape', 'export {};');
  const bundled = { driverPlugin: { contractVersion: 1, name: 'bundled', createDriver: () => undefined } };
  const seen: string[] = [];
  const loaded = await loadDriver(
    { path: 'milvus.storage', provider: 's3', driver: 'tape' },
    {
      resolveFrom: [configFolder],
      import: async (url) => {
        seen.push(url);
        return bundled;
      },
    },
  );
  expect(loaded.name).toBe('bundled');
  expect(seen).toEqual([pathToFileURL(join(configFolder, 'node_modules/tape/index.js')).href]);
});
