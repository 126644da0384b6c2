import { readdirSync, readFileSync } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
const published = folders
  .map((folder) => ({ folder, manifest: readManifest(folder) }))
  .filter(({ manifest }) => manifest.private !== true)
  .map((one) => ({ ...one, name: one.manifest.name }));

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** What a user of npm gets, after `npm run build`. */
describe.each(published)('$name', ({ folder, manifest }) => {
  it('has exports that Node and TypeScript find', async () => {
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true });
    const told = messages.map((message) => `${message.type}: ${formatMessage(message, pkg)}`);
    expect(told).toEqual([]);
  });

  it('is packed with what was built, its sources and its README', async () => {
    const { stdout } = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: folder,
    });
    const [packed]: { readonly files: readonly { readonly path: string }[] }[] = JSON.parse(stdout);
    const files = packed?.files.map((file) => file.path) ?? [];
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts']),
    );
    expect(files).toEqual(
      expect.arrayContaining(Object.values(manifest.bin ?? {}).map((path) => path.slice(2))),
    );
    // Source maps point there.
    expect(files.some((file) => file.startsWith('src/'))).toBe(true);
    expect(files.filter((file) => /(^|\/)(test|node_modules|\.[^/]+)(\/|$)/.test(file))).toEqual([]);
  });

  it('depends on exact versions', () => {
    const loose = Object.entries(manifest.dependencies ?? {}).filter(([, range]) => !/^\d/.test(range));
    expect(loose).toEqual([]);
  });
});

it('core has no storage SDK, no HTTP server, no command line library', () => {
  const core = readManifest(join(root, 'packages', 'core'));
  const names = [core.dependencies, core.peerDependencies].flatMap((list) => Object.keys(list ?? {}));
  expect(
    names.filter((name) => /^@milvus-backup\/|aws|azure|google|hono|clipanion|express/.test(name)),
  ).toEqual([]);
});

const takers = ['driver-azure', 'driver-conformance', 'driver-gcs', 'driver-local', 'driver-s3'];

it.each(takers)('%s takes core from its user', (name) => {
  const { dependencies, peerDependencies } = readManifest(join(root, 'packages', name));
  expect(Object.keys(dependencies ?? {}).filter((one) => one.startsWith('@milvus-backup/'))).toEqual([]);
  expect(Object.keys(peerDependencies ?? {})).toContain('@milvus-backup/core');
});

/** Who of us may be imported by whom; nothing else of ours. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'driver-azure': ['@milvus-backup/core/driver'],
  'driver-conformance': ['@milvus-backup/core/driver'],
  'driver-gcs': ['@milvus-backup/core/driver'],
  'driver-local': ['@milvus-backup/core/driver'],
  'driver-s3': ['@milvus-backup/core/driver'],
  server: ['@milvus-backup/core'],
  cli: ['@milvus-backup/core', '@milvus-backup/server'],
};

it.each(folders.map((folder) => ({ folder, name: basename(folder) })))(
  '$name imports what it may and what it declares',
  async ({ folder, name }) => {
    const { dependencies, peerDependencies } = readManifest(folder);
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    const wrong: string[] = [];
    for (const file of await sourcesOf(folder, ['src'])) {
      for (const imported of importsOf(await readFile(file, 'utf8'))) {
        const target = imported.startsWith('.') ? join(file, '..', imported) : undefined;
        const allowed = target
          ? target.startsWith(join(folder, 'src')) || imported.endsWith('.json')
          : imported.startsWith('@milvus-backup/')
            ? arrows[name]?.includes(imported)
            : isBuiltin(imported) ||
              declared.some((one) => imported === one || imported.startsWith(`${one}/`));
        if (!allowed) wrong.push(`${relative(root, file)}: ${imported}`);
      }
    }
    expect(wrong).toEqual([]);
  },
);

/** Static and dynamic ones; examples in comments are none. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '');
  const found = code.matchAll(
    /^(?:import|export)\b(?:[^;']*\bfrom)?\s*'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'/gm,
  );
  return [...found].map(([, whole, lazy]) => whole ?? lazy ?? '');
}

it('the top level holds nothing but what is expected', async () => {
  const { stdout } = await execa('git', ['ls-files', '-z'], { cwd: root });
  const names = new Set(stdout.split('\0').map((path) => path.split('/')[0] ?? ''));
  const expected = [
    ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md'],
    ...[
      'biome.json',
      'configs',
      'docs',
      'examples',
      'package-lock.json',
      'package.json',
      'packages',
      'test',
      'tsconfig.base.json',
      'turbo.json',
    ],
  ];
  expect([...names].filter((name) => name !== '' && !name.startsWith('.')).sort()).toEqual(expected.sort());
});

it('no file is too long, and no folder is a dumping ground', async () => {
  const parents = [...folders, ...(await subfolders('test')), ...(await subfolders('examples'))];
  const files = (await Promise.all(parents.map((parent) => sourcesOf(parent)))).flat();
  expect(files.length).toBeGreaterThan(100);
  const long: string[] = [];
  for (const file of files.filter((one) => !one.includes('/src/generated/'))) {
    const lines = (await readFile(file, 'utf8')).split('\n').length - 1;
    if (lines > 400) long.push(`${relative(root, file)}: ${lines} lines`);
  }
  expect(long).toEqual([]);
  expect(files.filter((file) => /\/(utils?|helpers?)(\/|\.ts$)/.test(file))).toEqual([]);
});

async function subfolders(name: string): Promise<string[]> {
  const entries = await readdir(join(root, name), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, name, entry.name));
}

/** TypeScript below these folders. */
async function sourcesOf(folder: string, parts = ['src', 'test']): Promise<string[]> {
  const found: string[] = [];
  for (const part of parts) {
    const start = join(folder, part);
    const exists = await access(start).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    const entries = await readdir(start, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && entry.name.endsWith('.ts')) found.push(join(entry.parentPath, entry.name));
    }
  }
  return found;
}
