import { flag, int32, int64, list, type MessageCodec, message, text, textMap, uint64 } from './codec.js';
import type {
  CollectionSchemaMeta,
  FieldSchemaMeta,
  FunctionMeta,
  IndexMeta,
  KeyValue,
  StructArrayFieldMeta,
} from './types.js';

export const keyValue: MessageCodec<KeyValue> = message({ key: text, value: text });

export const fieldSchema: MessageCodec<FieldSchemaMeta> = message({
  fieldID: int64,
  name: text,
  is_primary_key: flag,
  description: text,
  data_type: int32,
  type_params: list(keyValue),
  index_params: list(keyValue),
  autoID: flag,
  state: int32,
  element_type: int32,
  is_dynamic: flag,
  is_partition_key: flag,
  nullable: flag,
  default_value_proto: text,
  default_value_base64: text,
  is_function_output: flag,
});

export const functionSchema: MessageCodec<FunctionMeta> = message({
  name: text,
  id: int64,
  description: text,
  type: int32,
  input_field_names: list(text),
  input_field_ids: list(int64),
  output_field_names: list(text),
  output_field_ids: list(int64),
  params: list(keyValue),
});

export const structArrayField: MessageCodec<StructArrayFieldMeta> = message({
  fieldID: int64,
  name: text,
  description: text,
  fields: list(fieldSchema),
});

export const collectionSchema: MessageCodec<CollectionSchemaMeta> = message({
  name: text,
  description: text,
  autoID: flag,
  fields: list(fieldSchema),
  enable_dynamic_field: flag,
  properties: list(keyValue),
  functions: list(functionSchema),
  struct_array_fields: list(structArrayField),
});

export const indexInfo: MessageCodec<IndexMeta> = message({
  field_name: text,
  index_name: text,
  index_type: text,
  params: textMap,
  index_id: int64,
  field_id: int64,
  create_time: uint64,
  type_params: list(keyValue),
  index_params: list(keyValue),
  user_index_params: list(keyValue),
  is_auto_index: flag,
  min_index_version: int32,
  max_index_version: int32,
});
