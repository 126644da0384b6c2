import { BackupError } from '../errors/index.js';
import { defaultConfigFile, locateFile } from './locate-file.js';
import { describeOrigin } from './problem.js';
import { readConfigFile } from './read-config-file.js';
import { resolveLayers } from './resolve-layers.js';
import type { Setting, Settings } from './setting.js';
import { translateV1 } from './translate-v1.js';
import { findUnknownKeys } from './unknown-keys.js';
import { validateSettings } from './validate.js';
import { type WrittenSetting, writeV2 } from './write-v2.js';

export interface MigrateConfigInput {
  /** Value of `--config`; `null` when the user gave none. */
  readonly path: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface MigratedConfig {
  /** The file in schema v2, secrets of the old file in clear. */
  readonly text: string;
  /** What the user should know, line by line; empty when there is nothing to say. */
  readonly report: readonly string[];
  /** What the new file would be refused for. */
  readonly problems: readonly string[];
}

/**
 * Rewrites a file of schema v1 in schema v2. Values of the environment are written too, but no secret: for
 * those the new variable is named.
 * @throws BackupError `CONFIG_NOT_FOUND`; `CONFIG_INVALID` when the file cannot be read or is v2 already
 */
export async function migrateConfig(input: MigrateConfigInput): Promise<MigratedConfig> {
  const located = await locateFile({ ...input, path: input.path || defaultConfigFile });
  const { file, schema } = readConfigFile(located);
  if (schema.version === 'v2')
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `cfg: ${located.path} is of schema v2 already`,
      remedy: 'give a file of schema v1 with --config',
      details: { file: located.path },
    });
  const v1 = resolveLayers(schema, { file, env: input.env, set: [] });
  const v2 = translateV1(v1.settings);
  const checked = validateSettings(v2.settings, 'v2');
  const problems = [...v1.problems, ...v2.problems, ...checked.problems].map(
    ({ key, message, origin }) => `${key}: ${message}${describeOrigin(origin, located.path)}`,
  );
  const warnings = [
    ...located.warnings,
    ...file.warnings,
    ...v1.warnings,
    ...v2.warnings,
    ...findUnknownKeys(schema, file, []),
    ...warnOfMeaning(v1.settings, checked.settings),
  ];
  const written = [...checked.settings.values()].map((setting) => toWritten(setting, v1.settings));
  for (const { setting, variable } of written)
    if (variable !== undefined)
      warnings.push(
        `${setting.spec.key} is not written, its value comes from the environment: set ${variable}`,
      );

  const variables = [...checked.settings.values()]
    .filter(({ source }) => source === 'env')
    .map(({ sourceKey, spec }) => `${sourceKey} -> ${spec.env ?? `${spec.key} in the file`}`);
  const lines = [...warnings, ...problems].map((line) => `warning: ${line}`).concat(variables);
  return {
    text: writeV2(written),
    report: lines.length === 0 ? [] : [`# migration report for ${located.path}`, ...lines],
    problems,
  };
}

/** A secret of the environment stays there. That of Milvus may reach the backup section by inheritance. */
function toWritten(setting: Setting, v1: Settings): WrittenSetting {
  const root = setting.source === 'inherited' ? v1.get(setting.sourceKey) : setting;
  const secret = setting.spec.secret === true || root?.spec.secret === true;
  const fromEnv = root?.source === 'env' && secret;
  return fromEnv && setting.spec.env !== undefined ? { setting, variable: setting.spec.env } : { setting };
}

function warnOfMeaning(v1: Settings, v2: Settings): readonly string[] {
  const warnings: string[] = [];
  const root = v2.get('backup.storage.rootPath');
  if (root?.source === 'inherited' && root.value !== root.spec.default)
    warnings.push(
      `backups lie under the root path of Milvus, ${String(root.value)}, because minio.backupRootPath is not set; ` +
        'schema v2 does not inherit it, so it is written out',
    );
  const differs = ['provider', 'address', 'port'].some(
    (name) => v2.get(`milvus.storage.${name}`)?.value !== v2.get(`backup.storage.${name}`)?.value,
  );
  if (differs && v1.get('minio.crossStorage')?.value !== true)
    warnings.push('the two stores differ, so transfer.mode auto moves data through this program');
  for (const section of ['milvus.storage', 'backup.storage'])
    if (v2.get(`${section}.auth.type`)?.value === 'serviceAccount')
      warnings.push(`${section}.auth.credentialsFile must be the path of a key file, not its content`);
  return warnings;
}
