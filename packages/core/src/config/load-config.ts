import { BackupError } from '../errors/index.js';
import { buildConfig } from './build-config.js';
import type { FileContent } from './file-value.js';
import type { Schema } from './key-spec.js';
import { defaultConfigFile, type LocatedFile, locateFile } from './locate-file.js';
import { printValue } from './mask.js';
import { createInvalidError, quote } from './problem.js';
import { readYaml } from './read-yaml.js';
import { type Layers, resolveLayers } from './resolve-layers.js';
import { schemaV1 } from './schema-v1.js';
import { schemaV2 } from './schema-v2.js';
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
  const file = located === null ? null : readFileContent(located);
  const schema = file === null || located === null ? schemaV2 : chooseSchema(file, located.path);
  const layers: Layers = { file, env: input.env, set };
  const { settings, warnings } = resolveSettings(schema, layers, located?.path ?? null);
  return {
    value: buildConfig(settings),
    version: schema.version,
    file: located?.path ?? null,
    entries: [...settings.values()].flatMap(toEntry),
    warnings: [...(located?.warnings ?? []), ...(file?.warnings ?? []), ...warnings],
  };
}

/** Both schemas, so that a map that belongs to one is whole whichever version the file turns out to be. */
function readFileContent(located: LocatedFile): FileContent {
  return readYaml(located.text, located.path, (path) => schemaV2.isMap(path) || schemaV1.isMap(path));
}

/**
 * Files of the Go tool before 0.6 name no version; they are v1.
 * @throws BackupError `CONFIG_INVALID` for a version this build does not know
 */
export function chooseSchema(file: FileContent, path: string): Schema {
  const entry = file.entries.get('configversion');
  if (entry === undefined) return schemaV1;
  const { value } = entry;
  const name = value.kind === 'scalar' && typeof value.value === 'string' ? value.value.toLowerCase() : '';
  if (name === 'v1') return schemaV1;
  if (name === 'v2') return schemaV2;
  const got = value.kind === 'scalar' ? quote(value.text) : `a ${value.kind}`;
  throw new BackupError({
    code: 'CONFIG_INVALID',
    message:
      `cfg: ${path} declares configVersion ${got} in line ${entry.line}, ` +
      'which is not a schema version this build knows (want "v1" or "v2")',
    remedy: 'write configVersion: v2, or remove the line from a file of schema v1',
    details: { file: path, key: 'configVersion', line: entry.line, problems: 1 },
  });
}

/**
 * Layers, translation and checks together: settings of schema v2 that are fit for use.
 * @throws BackupError `CONFIG_INVALID`
 */
function resolveSettings(
  schema: Schema,
  layers: Layers,
  path: string | null,
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const resolved = resolveLayers(schema, layers);
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
