import { BackupError } from '../errors/index.js';
import type { CollectionSchemaMeta } from '../meta/types.js';
import type { WireField, WireFunction, WireSchema, WireStructField } from './messages.js';
import type { Wire } from './wire.js';

type Codec = Pick<Wire, 'encode' | 'decode'>;

const schemaType = 'milvus.proto.schema.CollectionSchema';

/**
 * What the metadata of the Go tool has no keys for: clustering key, namespace, external fields, parameters of struct arrays, the
 * hidden dynamic field with its id, and what only a newer Milvus knows.
 */
const beyondField = [
  'is_clustering_key',
  'external_field',
  '$unknown',
] as const satisfies readonly (keyof WireField)[];
const beyondStruct = [
  'type_params',
  'nullable',
  '$unknown',
] as const satisfies readonly (keyof WireStructField)[];
const beyondFunction = ['$unknown'] as const satisfies readonly (keyof WireFunction)[];
const beyondSchema = [
  'external_source',
  'external_spec',
  'do_physical_backfill',
  'file_resource_ids',
  'enable_namespace',
  '$unknown',
] as const satisfies readonly (keyof WireSchema)[];

/** The whole schema as base64, when it says what the metadata cannot; otherwise empty. */
export function fullSchemaOf(schema: WireSchema, codec: Codec): string {
  const fields = [...schema.fields, ...schema.struct_array_fields.flatMap((one) => one.fields)];
  const more =
    says(schema, beyondSchema) ||
    fields.some((field) => field.is_dynamic || says(field, beyondField)) ||
    schema.struct_array_fields.some((one) => says(one, beyondStruct)) ||
    schema.functions.some((one) => says(one, beyondFunction));
  return more ? codec.encode(schemaType, schema).toString('base64') : '';
}

/** Gives what {@link fullSchemaOf} has kept. @throws BackupError `META_UNREADABLE` */
export function readFullSchema(base64: string, codec: Codec): WireSchema {
  try {
    return codec.decode(schemaType, Buffer.from(base64, 'base64')) as WireSchema;
  } catch (cause) {
    throw new BackupError({
      code: 'META_UNREADABLE',
      message: 'the stored whole schema of a collection is no valid message',
      remedy: 'the file meta/ts/extras.json of the backup is damaged: copy it again from its source',
      cause,
    });
  }
}

interface Named {
  readonly name: string;
}

/** A schema as the metadata can say it, in the names of the wire. */
export interface SchemaParts {
  readonly fields: readonly Named[];
  readonly functions: readonly Named[];
  readonly struct_array_fields: readonly (Named & { readonly fields: readonly Named[] })[];
}

/**
 * Adds what the metadata could not say, by the names of fields: a restore may leave fields out or give them other ids.
 * @param schema made from the metadata
 */
export function completeSchema(schema: SchemaParts, full: WireSchema): object {
  const structs = new Map(full.struct_array_fields.map((one) => [one.name, one]));
  return {
    ...schema,
    ...pick(full, beyondSchema),
    fields: completeFields(schema.fields, full.fields),
    functions: schema.functions.map((one) => {
      const whole = full.functions.find(({ name }) => name === one.name);
      return whole === undefined ? one : { ...one, ...pick(whole, beyondFunction) };
    }),
    struct_array_fields: schema.struct_array_fields.map((one) => {
      const whole = structs.get(one.name);
      if (whole === undefined) return one;
      return { ...one, ...pick(whole, beyondStruct), fields: completeFields(one.fields, whole.fields) };
    }),
  };
}

/** The same of one field that is added to a collection. */
export function completeField(field: Named, full: WireSchema): object {
  return completeFields([field], full.fields)[0] ?? field;
}

function completeFields(fields: SchemaParts['fields'], full: readonly WireField[]): object[] {
  const byName = new Map(full.map((field) => [field.name, field]));
  return fields.map((field) => {
    const whole = byName.get(field.name);
    return whole === undefined ? field : { ...field, ...pick(whole, beyondField) };
  });
}

/** The id of the hidden dynamic field, where the server has told it. */
export function dynamicFieldId(
  schema: CollectionSchemaMeta,
  fullSchema: string,
  codec: Codec,
): bigint | undefined {
  if (!schema.enable_dynamic_field || fullSchema === '') return undefined;
  const field = readFullSchema(fullSchema, codec).fields.find((one) => one.is_dynamic);
  return field && BigInt(field.fieldID);
}

function says<T extends object>(message: T, keys: readonly (keyof T)[]): boolean {
  return keys.some((key) => {
    const value: unknown = message[key];
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  });
}

function pick<T extends object, K extends keyof T>(message: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) picked[key] = message[key];
  return picked;
}
