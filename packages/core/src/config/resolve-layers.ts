import { type Coerced, coerceFileValue, coerceText, isOctalTrap } from './coerce.js';
import type { FileContent } from './file-value.js';
import type { KeySpec, Schema } from './key-spec.js';
import type { Origin, Problem } from './problem.js';
import type { SetPair } from './set-args.js';
import { isExplicit, type Setting, type Settings } from './setting.js';

export interface Layers {
  readonly file: FileContent | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly set: readonly SetPair[];
}

export interface Resolved {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

type Found = Origin & { readonly read: Coerced };

/** Gives every key of the schema its value: `--set`, else environment, else file, else inherited, else default. */
export function resolveLayers(schema: Schema, layers: Layers): Resolved {
  const settings = new Map<string, Setting>();
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const spec of schema.specs) {
    const found =
      findOverride(schema, spec, layers.set) ?? findEnv(spec, layers, warnings) ?? findInFile(spec);
    const setting = found === null ? fallback(spec) : toSetting(spec, found);
    settings.set(spec.key, spec.type === 'map' ? addOptions(setting) : setting);
  }
  return { settings, problems, warnings };

  function findInFile(spec: KeySpec): Found | null {
    for (const key of spec.spellings ?? [spec.key]) {
      const entry = layers.file?.entries.get(key.toLowerCase());
      if (entry === undefined) continue;
      if (isOctalTrap(spec, entry.value))
        warnings.push(
          `${entry.key} in line ${entry.line} begins with 0 and has no quotes: it is read as text here, ` +
            'but as an octal number by the Go tool; put it in quotes',
        );
      const origin = { source: 'config', sourceKey: entry.key, line: entry.line } as const;
      return { ...origin, read: coerceFileValue(spec, entry.value) };
    }
    return null;
  }

  function toSetting(spec: KeySpec, found: Found): Setting {
    const { read, ...origin } = found;
    const name = origin.source === 'config' ? origin.sourceKey : spec.key;
    if (read.ok) return { ...origin, spec, name, value: read.value };
    problems.push({ key: name, message: read.message, remedy: read.remedy, origin });
    return { ...origin, spec, name, value: spec.default };
  }

  function fallback(spec: KeySpec): Setting {
    const source = spec.inherits === undefined ? undefined : settings.get(spec.inherits);
    const stopped = spec.inheritsUnlessSet?.some((key) => isExplicit(settings.get(key))) ?? false;
    if (source === undefined || stopped)
      return { spec, name: spec.key, value: spec.default, source: 'default', sourceKey: '' };
    return { spec, name: spec.key, value: source.value, source: 'inherited', sourceKey: source.name };
  }

  /** `--set milvus.storage.options.name=value` adds one option to those of the file. */
  function addOptions(setting: Setting): Setting {
    return layers.set.reduce((current, pair) => {
      const option = findOption(schema, pair.name);
      if (option?.spec !== setting.spec || typeof current.value !== 'object') return current;
      const value = { ...current.value, [option.name]: pair.value };
      return { spec: setting.spec, name: setting.name, value, source: 'override', sourceKey: pair.name };
    }, setting);
  }
}

/** The option of a driver that a name of `--set` stands for. */
export function findOption(schema: Schema, name: string): { spec: KeySpec; name: string } | null {
  const lower = name.toLowerCase();
  for (const spec of schema.specs) {
    if (spec.type === 'map' && lower.startsWith(`${spec.key.toLowerCase()}.`))
      return { spec, name: name.slice(spec.key.length + 1) };
  }
  return null;
}

function findOverride(schema: Schema, spec: KeySpec, set: readonly SetPair[]): Found | null {
  const pair = set.findLast(({ name }) => schema.find(name) === spec);
  if (pair === undefined) return null;
  return { source: 'override', sourceKey: pair.name, read: coerceText(spec, pair.value) };
}

function findEnv(spec: KeySpec, layers: Layers, warnings: string[]): Found | null {
  const value = spec.env === undefined ? undefined : layers.env[spec.env];
  if (spec.env === undefined || value === undefined) return null;
  if (spec.type === 'int' && /^[a-z]+:\/\//.test(value)) {
    warnings.push(
      `environment variable ${spec.env} holds a URL and is ignored: Kubernetes sets it for a service of that ` +
        'name; set enableServiceLinks: false on the pod to be rid of it',
    );
    return null;
  }
  return { source: 'env', sourceKey: spec.env, read: coerceText(spec, value) };
}
