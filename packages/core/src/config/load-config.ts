import { buildConfig } from './build-config.js';
import type { Schema } from './key-spec.js';
import { defaultConfigFile, locateFile } from './locate-file.js';
import { printValue } from './mask.js';
import { withNamedStorages } from './named-storages.js';
import { createInvalidError } from './problem.js';
import { readConfigFile } from './read-config-file.js';
import { type Layers, type Resolved, resolveLayers } from './resolve-layers.js';
import { schemaV2 } from './schema-v2.js';
import { resolveReferences } from './secret-references.js';
import { parseSetArgs } from './set-args.js';
import type { Setting, Settings } from './setting.js';
import { translateV1 } from './translate-v1.js';
import type { ConfigEntry, ResolvedConfig } from './types.js';
import { findIgnoredVariables, findUnknownKeys } from './unknown-keys.js';
import { validateSettings } from './validate.js';

export interface LoadConfigInput {
  /** Value of `--config`; `null` when the user gave none, `''` to go without a file. */
  readonly path: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a relative path starts. */
  readonly cwd: string;
  /** Values of `--set`, in the order given. */
  readonly set: readonly string[];
}

/**
 * Reads the configuration in schema v1 or v2 and gives it in the words of v2, with the origin of each value.
 * `--set` beats the environment, which beats the file, which beats defaults.
 * @throws BackupError `CONFIG_NOT_FOUND` naming the places tried; `CONFIG_INVALID` with a line for each problem
 */
export async function loadConfig(input: LoadConfigInput): Promise<ResolvedConfig> {
  const set = parseSetArgs(input.set);
  const located =
    input.path === '' ? null : await locateFile({ ...input, path: input.path ?? defaultConfigFile });
  const read = located === null ? { file: null, schema: schemaV2 } : readConfigFile(located);
  const { file } = read;
  const named = [...(file?.entries.values() ?? [])].map(({ key }) => key);
  const schema = withNamedStorages(read.schema, [...named, ...set.map(({ name }) => name)]);
  const layers: Layers = { file, env: input.env, set };
  const raw = resolveLayers(schema, layers);
  const referred = await resolveReferences(raw.settings, input);
  const resolved: Resolved = {
    settings: referred.settings,
    problems: [...raw.problems, ...referred.problems],
    warnings: [...raw.warnings, ...referred.warnings],
  };
  const { settings, warnings } = checkSettings(schema, layers, resolved, located?.path ?? null);
  return {
    value: buildConfig(settings),
    version: schema.version,
    file: located?.path ?? null,
    entries: [...settings.values()].flatMap(toEntry),
    warnings: [...(located?.warnings ?? []), ...(file?.warnings ?? []), ...warnings],
  };
}

/**
 * Translation and checks: settings of schema v2 that are fit for use.
 * @throws BackupError `CONFIG_INVALID`
 */
function checkSettings(
  schema: Schema,
  layers: Layers,
  resolved: Resolved,
  path: string | null,
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const v2 =
    schema.version === 'v1'
      ? translateV1(resolved.settings)
      : { settings: resolved.settings, problems: [], warnings: findIgnoredVariables(layers.env) };
  const checked = validateSettings(v2.settings, schema.version);
  const problems = [...resolved.problems, ...v2.problems, ...checked.problems];
  if (problems.length > 0) throw createInvalidError(problems, path);
  const unknown = findUnknownKeys(schema, layers.file, layers.set);
  return { settings: checked.settings, warnings: [...resolved.warnings, ...v2.warnings, ...unknown] };
}

function toEntry(setting: Setting): readonly ConfigEntry[] {
  const { spec, source, sourceKey, line } = setting;
  if (spec.quiet && source === 'default') return [];
  const value = printValue(setting);
  if (spec.quiet && source === 'inherited' && (value === '' || value === '{}')) return [];
  return [{ key: spec.key, value, source, sourceKey, ...(line === undefined ? {} : { line }) }];
}
