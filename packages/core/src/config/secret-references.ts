import { resolve } from 'node:path';
import type { KeySpec, SettingValue } from './key-spec.js';
import type { Origin, Problem } from './problem.js';
import { readBounded } from './read-bounded.js';
import { schemaV2 } from './schema-v2.js';
import { isExplicit, type Setting, type Settings } from './setting.js';

/** The whole value, never a part of one: a password may hold such characters by chance. */
const reference = /^\$\{(file|env):(.+)\}$/;
/** Bytes. No secret is longer; a wrong path may name something endless. */
const maxSecretBytes = 65_536;

export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a relative path starts. */
  readonly cwd: string;
}

interface Read {
  readonly value: string;
  readonly origin: Pick<Origin, 'source' | 'sourceKey'>;
}

/** Whether a value names a place that holds the secret. */
export function isReference(value: SettingValue): boolean {
  return typeof value === 'string' && reference.test(value);
}

/**
 * Puts the secrets in the place of `${file:/path}` and `${env:NAME}`, in keys that hold credentials and in options of
 * drivers. The origin of such a value is the file or the variable from then on. Problems name key and place, never
 * what was read.
 */
export async function resolveReferences(
  settings: Settings,
  sources: ReferenceSources,
): Promise<{
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}> {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const resolved = new Map<string, Setting>();
  for (const [key, setting] of settings) resolved.set(key, await resolveSetting(setting));
  return { settings: resolved, problems, warnings };

  async function resolveSetting(setting: Setting): Promise<Setting> {
    const { spec, value } = setting;
    if (typeof value === 'object') {
      const found = await resolveInside(setting, value, setting.name);
      return found === value ? setting : { ...setting, value: found };
    }
    if (!isReference(value)) return setting;
    if (!isCredential(spec)) {
      if (isExplicit(setting))
        warnings.push(
          `${setting.name} is taken as it stands: only credentials are read from \${file:…} and \${env:…}`,
        );
      return setting;
    }
    const read = await follow(setting, String(value), setting.name);
    if (read === null) return setting;
    // an heir still says whose value it has
    return setting.source === 'inherited'
      ? { ...setting, value: read.value }
      : { ...setting, ...read.origin, value: read.value };
  }

  async function resolveInside<T>(setting: Setting, value: T, name: string): Promise<T>;
  async function resolveInside(setting: Setting, value: unknown, name: string): Promise<unknown> {
    if (typeof value === 'string')
      return reference.test(value) ? ((await follow(setting, value, name))?.value ?? value) : value;
    if (Array.isArray(value)) {
      const items = await Promise.all(value.map((item, at) => resolveInside(setting, item, `${name}.${at}`)));
      return items.some((item, at) => item !== value[at]) ? items : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = await Promise.all(
      Object.entries(value).map(async ([key, inner]) => ({
        key,
        inner,
        found: await resolveInside(setting, inner, `${name}.${key}`),
      })),
    );
    if (entries.every(({ inner, found }) => inner === found)) return value;
    return Object.fromEntries(entries.map(({ key, found }) => [key, found]));
  }

  async function follow(setting: Setting, value: string, name: string): Promise<Read | null> {
    const [, kind, place = ''] = reference.exec(value) ?? [];
    const fault = (message: string, remedy: string): null => {
      // whoever inherits it has nothing to mend
      if (setting.source !== 'inherited') problems.push({ key: name, message, remedy, origin: setting });
      return null;
    };
    if (kind === 'env') {
      const found = sources.env[place];
      if (found) return { value: found, origin: { source: 'env', sourceKey: place } };
      return fault(
        `refers to the environment variable ${place}, which is ${found === '' ? 'empty' : 'not set'}`,
        `set ${place} for this program`,
      );
    }
    const path = resolve(sources.cwd, place);
    const read = await readSecret(path);
    return 'secret' in read
      ? { value: read.secret, origin: { source: 'file', sourceKey: path } }
      : fault(
          `refers to the file ${path}, which ${read.fault}`,
          `put the secret into ${path}, or name another file`,
        );
  }
}

/** Secrets, and the names that go with them: all that have a variable in schema v2. */
export function isCredential(spec: KeySpec): boolean {
  const v2 = spec.becomes === undefined ? spec : schemaV2.find(spec.becomes);
  return spec.secret === true || v2?.env !== undefined;
}

async function readSecret(path: string): Promise<{ readonly secret: string } | { readonly fault: string }> {
  try {
    const bytes = await readBounded(path, maxSecretBytes);
    if (bytes === null) return { fault: `has more than ${maxSecretBytes} bytes` };
    // editors and `echo` end a file with a line feed that is no part of the secret
    const secret = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\r\n]+$/, '');
    return secret === '' ? { fault: 'is empty' } : { secret };
  } catch (error) {
    if (error instanceof TypeError) return { fault: 'is no UTF-8 text' };
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { fault: `cannot be read${code}` };
  }
}
