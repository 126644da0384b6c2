import { badParameter } from './sim-error.js';
import type { Field, KeyValue, Schema } from './types.js';
import type { SimVersion } from './version.js';

export const dataTypes = {
  bool: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  float: 10,
  double: 11,
  string: 20,
  varChar: 21,
  array: 22,
  json: 23,
  geometry: 24,
  text: 25,
  timestamptz: 26,
  binaryVector: 100,
  floatVector: 101,
  float16Vector: 102,
  bfloat16Vector: 103,
  sparseVector: 104,
  int8Vector: 105,
  arrayOfVector: 106,
  arrayOfStruct: 200,
} as const;

/** User fields are numbered from here; 0 is the row id, 1 the timestamp. */
const firstFieldId = 100;
export const systemFields = { rowId: '0', timestamp: '1' } as const;
export const dynamicFieldName = '$meta';

/**
 * A schema as it is stored: field ids by position, whatever the client said, and the dynamic field last.
 * @throws SimError 1100 for what this version does not know
 */
export function acceptSchema(sent: Schema, version: SimVersion): Schema {
  let id = firstFieldId;
  const accept = (field: Field): Field => {
    if (field.is_dynamic)
      throw badParameter(`cannot explicitly set a field as a dynamic field: ${field.name}`);
    if (!version.hasDataType(field.data_type)) {
      throw badParameter(`field data type: ${field.data_type} is not supported, field ${field.name}`);
    }
    return {
      ...field,
      fieldID: String(id++),
      // Servers that do not know a flag drop it without a word.
      nullable: field.nullable && version.nullable,
      is_clustering_key: field.is_clustering_key && version.clusteringKey,
      is_function_output: field.is_function_output && version.functions,
    };
  };
  const fields = sent.fields.map(accept);
  const structs = version.from('2.6.0')
    ? sent.struct_array_fields.map((one) => ({
        ...one,
        fieldID: String(id++),
        fields: one.fields.map(accept),
      }))
    : [];
  if (fields.filter((field) => field.is_primary_key).length !== 1)
    throw badParameter('primary key is not specified');
  const vectors = fields.filter((field) => isVector(field.data_type));
  if (vectors.length > 1 && !version.manyVectors)
    throw badParameter('multiple vector fields is not supported');
  if (sent.enable_dynamic_field) fields.push(dynamicField(String(id++)));
  return {
    ...sent,
    fields,
    struct_array_fields: structs,
    functions: version.functions ? sent.functions : [],
    properties: version.from('2.4.0') ? sent.properties : [],
  };
}

/** A field that is added later: after all others. */
export function addField(schema: Schema, field: Field, version: SimVersion): Schema {
  if (!field.nullable && field.default_value === null) {
    throw badParameter(`added field must be nullable, please check it, field name = ${field.name}`);
  }
  if (!version.hasDataType(field.data_type))
    throw badParameter(`field data type: ${field.data_type} is not supported`);
  if (schema.fields.some(({ name }) => name === field.name)) {
    throw badParameter(`duplicated field name ${field.name}`);
  }
  const ids = [
    ...schema.fields,
    ...schema.struct_array_fields,
    ...schema.struct_array_fields.flatMap((s) => s.fields),
  ];
  const next = Math.max(...ids.map(({ fieldID }) => Number(fieldID))) + 1;
  return { ...schema, fields: [...schema.fields, { ...field, fieldID: String(next) }] };
}

function dynamicField(fieldID: string): Field {
  return {
    fieldID,
    name: dynamicFieldName,
    data_type: dataTypes.json,
    element_type: 0,
    is_primary_key: false,
    is_partition_key: false,
    is_clustering_key: false,
    is_dynamic: true,
    is_function_output: false,
    autoID: false,
    nullable: false,
    default_value: null,
    type_params: [],
  };
}

/** All fields that have files: user fields, those of structs, the dynamic one. */
export function storedFields(schema: Schema): readonly Field[] {
  return [...schema.fields, ...schema.struct_array_fields.flatMap((one) => one.fields)];
}

export function primaryKey(schema: Schema): Field {
  const field = schema.fields.find((one) => one.is_primary_key);
  if (field === undefined) throw new Error(`schema ${schema.name} has no primary key`);
  return field;
}

export function isVector(type: number): boolean {
  return type >= dataTypes.binaryVector && type <= dataTypes.arrayOfVector;
}

export function dimensionOf(field: Field): number {
  return Number(paramOf(field.type_params, 'dim') ?? 0);
}

export function paramOf(params: readonly KeyValue[], key: string): string | undefined {
  return params.find((param) => param.key === key)?.value;
}

/** Sets these and leaves the others; then removes some. */
export function changeProperties(
  before: readonly KeyValue[],
  set: readonly KeyValue[],
  remove: readonly string[] = [],
): KeyValue[] {
  const all = new Map(before.map(({ key, value }) => [key, value]));
  for (const { key, value } of set) all.set(key, value);
  for (const key of remove) all.delete(key);
  return [...all].map(([key, value]) => ({ key, value }));
}
