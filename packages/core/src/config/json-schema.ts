import type { KeySpec, Schema } from './key-spec.js';
import { namedStorages, storageNamePattern } from './named-storages.js';
import { schemaV1 } from './schema-v1.js';
import { schemaV2 } from './schema-v2.js';
import { storageSpecs } from './schema-v2-storage.js';
import { isCredential } from './secret-references.js';

export type JsonSchema = { [keyword: string]: unknown };

/**
 * A JSON Schema (draft 7) of configuration files, for completion and checks in editors. It is made from the
 * tables that read the files; `configs/backup.schema.json` is its copy and a test keeps the two equal.
 */
export function createJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Milvus backup configuration',
    description: 'Schema v2 when the file begins with configVersion: v2, else schema v1',
    if: { required: ['configVersion'], properties: { configVersion: { pattern: '^[vV]2$' } } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema; nothing awaits this object
    then: describeSections(schemaV2, {
      configVersion: { type: 'string', pattern: '^[vV]2$' },
      [namedStorages]: describeNamedStorages(),
    }),
    else: describeSections(schemaV1, { configVersion: { type: 'string', pattern: '^[vV]1$' } }),
  };
}

/** Below `storages` the user chooses the names; each has the keys of a storage section. */
function describeNamedStorages(): JsonSchema {
  const path = `${namedStorages}.NAME`;
  const properties: JsonSchema = {};
  for (const spec of storageSpecs(path)) {
    // the variable has the name of the store in it, which is not known here
    place(properties, spec.key.slice(path.length + 1).split('.'), describeKey(spec, false));
  }
  return {
    description: 'Further stores for backups, by names of your choice, for the command copy',
    type: ['object', 'null'],
    propertyNames: { pattern: storageNamePattern },
    additionalProperties: section(properties),
  };
}

function describeSections(schema: Schema, head: JsonSchema): JsonSchema {
  const properties: JsonSchema = { ...head };
  for (const spec of schema.specs)
    for (const name of spec.spellings ?? [spec.key]) place(properties, name.split('.'), describeKey(spec));
  return section(properties);
}

function place(properties: JsonSchema, [first, ...rest]: readonly string[], leaf: JsonSchema): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    // a key that is written in short where a section may stand
    const section = properties[first];
    properties[first] = section === undefined ? leaf : { anyOf: [section, leaf] };
    return;
  }
  const known = properties[first];
  const inner = isSection(known) ? known.properties : {};
  properties[first] = section(inner);
  place(inner, rest, leaf);
}

function isSection(value: unknown): value is { properties: JsonSchema } {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

/** A section may be written without anything below it. */
const section = (properties: JsonSchema): JsonSchema => ({
  type: ['object', 'null'],
  additionalProperties: false,
  properties,
});

const reference = `; also \${file:/path} or \${env:NAME}`;

function describeKey(spec: KeySpec, withVariable = true): JsonSchema {
  const variable = spec.env === undefined || !withVariable ? '' : ` (environment: ${spec.env})`;
  return {
    description: `${spec.doc}${variable}${isCredential(spec) ? reference : ''}`,
    ...describeType(spec),
    ...(spec.inherits === undefined && !spec.secret ? { default: spec.default } : {}),
  };
}

function describeType({ type, check }: KeySpec): JsonSchema {
  switch (type) {
    case 'bool':
      return { type: ['boolean', 'null'] };
    case 'list':
      return { type: ['array', 'null'], items: { type: ['string', 'number'] } };
    case 'map':
      return { type: ['object', 'null'] };
    case 'records':
      return { type: ['array', 'null'], items: { type: 'object' } };
    case 'int': {
      const most = check?.kind === 'port' ? { maximum: 65_535 } : {};
      const least = check === undefined ? {} : { minimum: check.kind === 'notNegative' ? 0 : 1 };
      return { type: ['integer', 'null'], ...least, ...most };
    }
    case 'string':
      return check?.kind === 'oneOf'
        ? { enum: [...check.values, null] }
        : { type: ['string', 'number', 'boolean', 'null'] };
  }
}
