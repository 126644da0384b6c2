import { BackupError } from '../errors/index.js';
import type { FileContent } from './file-value.js';
import type { Schema } from './key-spec.js';
import type { LocatedFile } from './locate-file.js';
import { isNamedOptions } from './named-storages.js';
import { quote } from './problem.js';
import { readYaml } from './read-yaml.js';
import { schemaV1 } from './schema-v1.js';
import { schemaV2 } from './schema-v2.js';

/**
 * Reads the settings of a file and says which schema they are of.
 * @throws BackupError `CONFIG_INVALID` when the text is no map of settings, or of a version unknown here
 */
export function readConfigFile({ text, path }: LocatedFile): {
  readonly file: FileContent;
  readonly schema: Schema;
} {
  // a map that belongs to one schema is kept whole whichever of the two the file turns out to be
  const file = readYaml(text, path, isWhole);
  return { file, schema: chooseSchema(file, path) };
}

function isWhole(key: string): boolean {
  return schemaV2.isMap(key) || schemaV1.isMap(key) || isNamedOptions(key);
}

/**
 * Files of the Go tool before 0.6 name no version; they are v1.
 * @throws BackupError `CONFIG_INVALID` for a version this build does not know
 */
function chooseSchema(file: FileContent, path: string): Schema {
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
