import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const conditions: ReadonlySet<string> = new Set(['node', 'import', 'default']);

const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** Whether npm could have a package of this name. Anything else could lead out of `node_modules`. */
export function isPackageName(name: string): boolean {
  return packageName.test(name);
}

/** Whether a driver is named by its file instead. */
export function isPath(name: string): boolean {
  return /^\.{0,2}\//.test(name);
}

/**
 * The URL that `import` would load for a package, seen from a folder; `null` when it is not installed there or
 * above. Node offers this for the importing module only; `require.resolve` cannot see packages that have
 * nothing but an `import` entry.
 */
export function resolvePackage(name: string, folder: string): string | null {
  const require = createRequire(join(folder, 'resolve-from-here.js'));
  if (isPath(name)) return toUrl(tryResolve(require, name));
  for (const modules of require.resolve.paths(name) ?? []) {
    const root = join(modules, name);
    const description = readDescription(join(root, 'package.json'));
    if (description === null) continue;
    const entry = findEntry(description.exports);
    if (entry !== null && !isInside(entry)) throw new Error(`exports names ${entry}, outside of the package`);
    const file = entry === null ? tryResolve(require, name) : join(root, entry);
    return toUrl(file ?? join(root, 'index.js'));
  }
  return null;
}

/** As Node has it: a target begins with `./` and stays below. */
function isInside(entry: string): boolean {
  return entry.startsWith('./') && !entry.split(/[\\/]/).includes('..');
}

/** Node's error names neither folder nor remedy; the caller's does. */
function tryResolve(require: NodeJS.Require, name: string): string | null {
  try {
    return require.resolve(name);
  } catch {
    return null;
  }
}

function toUrl(file: string | null): string | null {
  return file === null ? null : pathToFileURL(file).href;
}

/** `exports` of a package.json: a path, conditions, or subpaths whose `.` is either. */
function findEntry(exports: unknown): string | null {
  if (typeof exports === 'string') return exports;
  if (Array.isArray(exports)) return firstOf(exports);
  if (typeof exports !== 'object' || exports === null) return null;
  const entries = Object.entries(exports);
  if (entries.some(([key]) => key.startsWith('.'))) return findEntry(Reflect.get(exports, '.'));
  return firstOf(entries.filter(([key]) => conditions.has(key)).map(([, value]) => value));
}

function firstOf(candidates: readonly unknown[]): string | null {
  for (const candidate of candidates) {
    const entry = findEntry(candidate);
    if (entry !== null) return entry;
  }
  return null;
}

function readDescription(file: string): { exports: unknown } | null {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  const description: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return { exports: typeof description === 'object' ? Reflect.get(description ?? {}, 'exports') : undefined };
}
