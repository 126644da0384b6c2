import { BackupError } from '../errors/index.js';
import type {
  CollectionSchemaMeta,
  FieldSchemaMeta,
  FunctionMeta,
  KeyValue,
  StructArrayFieldMeta,
} from '../meta/types.js';
import { completeField, completeSchema, readFullSchema, type SchemaParts } from './full-schema.js';
import type {
  WireField,
  WireFunction,
  WireKeyValue,
  WireSchema,
  WireStructField,
  WireValueField,
} from './messages.js';
import type { Wire } from './wire.js';

type Codec = Pick<Wire, 'encode' | 'decode'>;

const schemaType = 'milvus.proto.schema.CollectionSchema';
const fieldType = 'milvus.proto.schema.FieldSchema';
const valueType = 'milvus.proto.schema.ValueField';

/** What a described collection's schema looks like in the metadata: without the hidden dynamic field. */
export function schemaFromWire(schema: WireSchema, codec: Codec): CollectionSchemaMeta {
  return {
    name: schema.name,
    description: schema.description,
    autoID: schema.autoID,
    fields: schema.fields.filter((field) => !field.is_dynamic).map((field) => fieldFromWire(field, codec)),
    enable_dynamic_field: schema.enable_dynamic_field,
    properties: keyValues(schema.properties),
    functions: schema.functions.map(functionFromWire),
    struct_array_fields: schema.struct_array_fields.map((field) => structFromWire(field, codec)),
  };
}

/**
 * The bytes of `CreateCollectionRequest.schema`.
 * @param fullSchema what the server said of it when it was backed up, see `fullSchemaOf`; empty: nothing more
 * @throws BackupError `META_UNREADABLE` when a stored default value is broken
 */
export function schemaToBytes(schema: CollectionSchemaMeta, codec: Codec, fullSchema = ''): Buffer {
  const parts = schemaParts(schema, codec);
  const whole = fullSchema === '' ? parts : completeSchema(parts, readFullSchema(fullSchema, codec));
  return codec.encode(schemaType, whole);
}

function schemaParts(schema: CollectionSchemaMeta, codec: Codec): SchemaParts {
  const parts = {
    name: schema.name,
    description: schema.description,
    autoID: schema.autoID,
    fields: schema.fields.map((field) => fieldToWire(field, codec)),
    enable_dynamic_field: schema.enable_dynamic_field,
    properties: schema.properties,
    functions: schema.functions.map(functionToWire),
    struct_array_fields: schema.struct_array_fields.map((field) => ({
      fieldID: String(field.fieldID),
      name: field.name,
      description: field.description,
      fields: field.fields.map((inner) => fieldToWire(inner, codec)),
    })),
  };
  return parts;
}

/**
 * The bytes of `AddCollectionFieldRequest.schema`.
 * @param fullSchema as of {@link schemaToBytes}
 * @throws BackupError `META_UNREADABLE` when a stored default value is broken
 */
export function fieldToBytes(field: FieldSchemaMeta, codec: Codec, fullSchema = ''): Buffer {
  const part = fieldToWire(field, codec);
  return codec.encode(
    fieldType,
    fullSchema === '' ? part : completeField(part, readFullSchema(fullSchema, codec)),
  );
}

/** @param field also the hidden dynamic one, which {@link schemaFromWire} leaves out */
export function fieldFromWire(field: WireField, codec: Codec): FieldSchemaMeta {
  return {
    fieldID: BigInt(field.fieldID),
    name: field.name,
    is_primary_key: field.is_primary_key,
    description: field.description,
    data_type: field.data_type,
    type_params: keyValues(field.type_params),
    index_params: keyValues(field.index_params),
    autoID: field.autoID,
    // The Go tool never writes it.
    state: 0,
    element_type: field.element_type,
    is_dynamic: field.is_dynamic,
    is_partition_key: field.is_partition_key,
    nullable: field.nullable,
    default_value_proto: '',
    default_value_base64:
      field.default_value === null ? '' : codec.encode(valueType, field.default_value).toString('base64'),
    is_function_output: field.is_function_output,
  };
}

function fieldToWire(field: FieldSchemaMeta, codec: Codec): { readonly name: string } {
  const defaultValue = defaultValueOf(field, codec);
  const wire = {
    fieldID: String(field.fieldID),
    name: field.name,
    is_primary_key: field.is_primary_key,
    description: field.description,
    data_type: field.data_type,
    type_params: field.type_params,
    index_params: field.index_params,
    autoID: field.autoID,
    element_type: field.element_type,
    is_dynamic: field.is_dynamic,
    is_partition_key: field.is_partition_key,
    nullable: field.nullable,
    is_function_output: field.is_function_output,
    // An empty value message makes Milvus 2.3's root coordinator panic, which ends a whole standalone server.
    ...(defaultValue === null ? {} : { default_value: defaultValue }),
  };
  return wire;
}

function defaultValueOf(field: FieldSchemaMeta, codec: Codec): object | null {
  const bytes =
    field.default_value_base64 === ''
      ? Buffer.from(field.default_value_proto, 'utf8')
      : Buffer.from(field.default_value_base64, 'base64');
  if (bytes.length === 0) return null;
  // Bytes that are no text were replaced when an older tool wrote them as text.
  if (field.default_value_base64 === '' && field.default_value_proto.includes('\uFFFD'))
    throw brokenDefault(field);
  let value: WireValueField;
  let again: Buffer;
  try {
    value = codec.decode(valueType, bytes);
    again = codec.encode(valueType, value);
  } catch (cause) {
    throw brokenDefault(field, cause);
  }
  // One of a type that is not known here cannot be told from a broken one.
  if (!again.equals(bytes) || value.$unknown) throw brokenDefault(field);
  return value.data === undefined ? null : value;
}

function brokenDefault(field: FieldSchemaMeta, cause?: unknown): BackupError {
  return new BackupError({
    code: 'META_UNREADABLE',
    message: `the stored default value of field "${field.name}" is no valid value`,
    remedy:
      'older tools lose such values; create the collection by hand and restore with --skip_create_collection',
    cause,
    details: { field: field.name },
  });
}

function functionFromWire(fn: WireFunction): FunctionMeta {
  return {
    name: fn.name,
    id: BigInt(fn.id),
    description: fn.description,
    type: fn.type,
    input_field_names: [...fn.input_field_names],
    input_field_ids: fn.input_field_ids.map(BigInt),
    output_field_names: [...fn.output_field_names],
    output_field_ids: fn.output_field_ids.map(BigInt),
    params: keyValues(fn.params),
  };
}

function functionToWire(fn: FunctionMeta): { readonly name: string } {
  const wire = {
    ...fn,
    id: String(fn.id),
    input_field_ids: fn.input_field_ids.map(String),
    output_field_ids: fn.output_field_ids.map(String),
  };
  return wire;
}

function structFromWire(field: WireStructField, codec: Codec): StructArrayFieldMeta {
  return {
    fieldID: BigInt(field.fieldID),
    name: field.name,
    description: field.description,
    fields: field.fields.map((inner) => fieldFromWire(inner, codec)),
  };
}

export function keyValues(list: readonly WireKeyValue[]): KeyValue[] {
  return list.map(({ key, value }) => ({ key, value }));
}
