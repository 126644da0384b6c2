import { describe, expect, it } from 'vitest';
import type { CollectionSchemaMeta, FieldSchemaMeta } from '../../src/meta/types.js';
import type { WireSchema } from '../../src/milvus/messages.js';
import { schemaFromWire, schemaToBytes } from '../../src/milvus/schema.js';
import { loadWire } from '../../src/milvus/wire.js';

const wire = loadWire();
const schemaType = 'milvus.proto.schema.CollectionSchema';

const plain: FieldSchemaMeta = {
  fieldID: 100n,
  name: 'id',
  is_primary_key: false,
  description: '',
  data_type: 5,
  type_params: [],
  index_params: [],
  autoID: false,
  state: 0,
  element_type: 0,
  is_dynamic: false,
  is_partition_key: false,
  nullable: false,
  default_value_proto: '',
  default_value_base64: '',
  is_function_output: false,
};

const rich: CollectionSchemaMeta = {
  name: 'c',
  description: 'all kinds',
  autoID: true,
  enable_dynamic_field: true,
  properties: [{ key: 'collection.ttl.seconds', value: '5' }],
  fields: [
    { ...plain, is_primary_key: true, autoID: true, description: 'key' },
    {
      ...plain,
      fieldID: 9_007_199_254_740_993n,
      name: 'tags',
      data_type: 22,
      element_type: 21,
      type_params: [
        { key: 'max_length', value: '9' },
        { key: 'max_capacity', value: '4' },
      ],
      index_params: [{ key: 'k', value: 'v' }],
      nullable: true,
    },
    // ValueField { long_data: 9007199254740993 }, and { bool_data: false }, which is not the same as none
    { ...plain, name: 'd1', default_value_base64: 'GIGAgICAgIAQ' },
    { ...plain, name: 'd2', data_type: 1, default_value_base64: 'CAA=' },
    { ...plain, name: 'pk', data_type: 21, is_partition_key: true },
    { ...plain, name: 'sparse', data_type: 104, is_function_output: true },
  ],
  functions: [
    {
      name: 'bm25',
      id: 1n,
      description: 'f',
      type: 1,
      input_field_names: ['pk'],
      input_field_ids: [9_007_199_254_740_993n],
      output_field_names: ['sparse'],
      output_field_ids: [105n],
      params: [{ key: 'a', value: 'b' }],
    },
  ],
  struct_array_fields: [
    {
      fieldID: 110n,
      name: 'clips',
      description: 's',
      fields: [{ ...plain, name: 'v', data_type: 106, element_type: 101 }],
    },
  ],
};

const decode = (bytes: Uint8Array): WireSchema => wire.decode(schemaType, bytes) as WireSchema;

describe('schema', () => {
  it('comes back from the wire as it went out', () => {
    expect(schemaFromWire(decode(schemaToBytes(rich, wire)), wire)).toEqual(rich);
  });

  it('hides the dynamic field', () => {
    const bytes = schemaToBytes(
      { ...rich, fields: [plain, { ...plain, name: '$meta', is_dynamic: true }] },
      wire,
    );
    expect(schemaFromWire(decode(bytes), wire).fields.map(({ name }) => name)).toEqual(['id']);
  });

  it('never sends an empty default value', () => {
    const fields = decode(schemaToBytes({ ...rich, fields: [plain] }, wire)).fields;
    expect(fields[0]?.default_value).toBeNull();
  });

  it('reads default values of older tools', () => {
    // ValueField { string_data: "hello" }
    const old = { ...plain, default_value_proto: '2\u0005hello' };
    const [field] = schemaFromWire(decode(schemaToBytes({ ...rich, fields: [old] }, wire)), wire).fields;
    expect(field?.default_value_base64).toBe('MgVoZWxsbw==');
  });

  it.each([
    ['a text that is cut off', { default_value_base64: 'MgVo' }],
    ['a number that is cut off', { default_value_base64: 'GA==' }],
    ['bytes that an older tool replaced', { default_value_proto: ')\uFFFD\uFFFD\uFFFD' }],
  ])('refuses %s', (_, stored) => {
    const broken = { ...plain, name: 'price', ...stored };
    expect(() => schemaToBytes({ ...rich, fields: [broken] }, wire)).toThrowError(
      expect.objectContaining({ code: 'META_UNREADABLE', details: { field: 'price' } }),
    );
  });
});

describe('wire', () => {
  it('keeps every digit of a 64-bit number', () => {
    const { decode: answer } = wire.method('Import');
    const bytes = wire.encode('milvus.proto.milvus.ImportResponse', { tasks: ['470635130682481644'] });
    expect(answer(bytes).tasks).toEqual(['470635130682481644']);
  });
});
