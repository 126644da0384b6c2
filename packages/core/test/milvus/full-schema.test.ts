import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { dynamicFieldId, fullSchemaOf } from '../../src/milvus/full-schema.js';
import type { WireSchema } from '../../src/milvus/messages.js';
import { schemaFromWire, schemaToBytes } from '../../src/milvus/schema.js';
import { loadWire } from '../../src/milvus/wire.js';
import { thrownBy } from '../driver/thrown-by.js';

const wire = loadWire();
const schemaType = 'milvus.proto.schema.CollectionSchema';
const root = protobuf.Root.fromJSON(
  ('default' in definitions ? definitions.default : definitions) as protobuf.INamespace,
);

/**
 * What the server keeps for itself: the database is a header of the request, states and versions of schemas are made anew. The hidden
 * dynamic field is not sent either; its own test is below.
 */
const ofTheServer = new Set([
  'CollectionSchema.dbName',
  'CollectionSchema.version',
  'FieldSchema.state',
  'FieldSchema.is_dynamic',
]);

/** A message with every field of its definition set, each to another value. */
function fill(type: protobuf.Type, seed: { next: number }): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    if (ofTheServer.has(`${type.name}.${field.name}`)) continue;
    // One member of a oneof.
    if (field.partOf && field.partOf.fieldsArray[2] !== field) continue;
    const value = fillOne(field, seed);
    filled[field.name] = field.repeated ? [value, fillOne(field, seed)] : value;
  }
  return filled;
}

function fillOne(field: protobuf.Field, seed: { next: number }): unknown {
  const { resolvedType } = field.resolve();
  if (resolvedType instanceof protobuf.Type) return fill(resolvedType, seed);
  if (resolvedType instanceof protobuf.Enum) return Object.values(resolvedType.values).at(-1);
  seed.next += 1;
  if (field.type === 'bool') return true;
  if (field.type === 'string') return `text ${seed.next}`;
  return field.type === 'int64' ? String(9_007_199_254_740_993n + BigInt(seed.next)) : seed.next;
}

const roundTrip = (bytes: Buffer): Buffer => {
  const described = wire.decode(schemaType, bytes) as WireSchema;
  return schemaToBytes(schemaFromWire(described, wire), wire, fullSchemaOf(described, wire));
};

describe('a schema on its way from the server to a backup and back', () => {
  it('loses no field of its definition', () => {
    const filled = fill(root.lookupType(schemaType), { next: 0 });
    // So that the comparison below compares something.
    expect(Object.keys(filled)).toEqual(
      expect.arrayContaining(['functions', 'struct_array_fields', 'enable_namespace', 'file_resource_ids']),
    );
    const bytes = wire.encode(schemaType, filled);
    expect(wire.decode(schemaType, roundTrip(bytes))).toEqual(wire.decode(schemaType, bytes));
    expect(roundTrip(bytes).equals(bytes)).toBe(true);
  });

  const id = { fieldID: '100', name: 'id', data_type: 5, is_primary_key: true };
  const wireOf = (schema: object): WireSchema =>
    wire.decode(schemaType, wire.encode(schemaType, { name: 'c', ...schema })) as WireSchema;

  it.each([
    [
      'nullable and default values',
      { fields: [id, { name: 'a', data_type: 5, nullable: true, default_value: { long_data: '0' } }] },
    ],
    [
      'functions',
      {
        fields: [id],
        functions: [{ name: 'f', type: 1, input_field_names: ['a'], output_field_names: ['b'] }],
      },
    ],
    [
      'newer vectors',
      { fields: [id, ...[102, 103, 104, 105].map((data_type) => ({ name: `v${data_type}`, data_type }))] },
    ],
    [
      'geometry, text, time',
      { fields: [id, ...[24, 25, 26].map((data_type) => ({ name: `f${data_type}`, data_type }))] },
    ],
    [
      'mmap',
      {
        fields: [{ ...id, type_params: [{ key: 'mmap.enabled', value: 'true' }] }],
        properties: [{ key: 'mmap.enabled', value: 'true' }],
      },
    ],
    [
      'struct arrays',
      {
        fields: [id],
        struct_array_fields: [{ name: 's', fields: [{ name: 'v', data_type: 106, element_type: 101 }] }],
      },
    ],
  ])('%s need no file of ours', (_what, schema) => {
    const described = wireOf(schema);
    expect(fullSchemaOf(described, wire)).toBe('');
    expect(wire.decode(schemaType, schemaToBytes(schemaFromWire(described, wire), wire))).toEqual(described);
  });

  it.each([
    ['a clustering key', { fields: [{ ...id, is_clustering_key: true }] }],
    ['a namespace', { fields: [id], enable_namespace: true }],
    [
      'parameters of a struct array',
      {
        fields: [id],
        struct_array_fields: [{ name: 's', type_params: [{ key: 'max_capacity', value: '9' }] }],
      },
    ],
  ])('%s does', (_what, schema) => {
    const described = wireOf(schema);
    expect(fullSchemaOf(described, wire)).not.toBe('');
    const back = schemaToBytes(schemaFromWire(described, wire), wire, fullSchemaOf(described, wire));
    expect(wire.decode(schemaType, back)).toEqual(described);
  });

  it('keeps the id of the hidden dynamic field, and never sends the field', () => {
    const described = wireOf({
      fields: [id, { fieldID: '104', name: '$meta', data_type: 23, is_dynamic: true }],
      enable_dynamic_field: true,
    });
    const meta = schemaFromWire(described, wire);
    const full = fullSchemaOf(described, wire);
    expect(meta.fields.map(({ name }) => name)).toEqual(['id']);
    expect(dynamicFieldId(meta, full, wire)).toBe(104n);
    expect(dynamicFieldId(meta, '', wire)).toBeUndefined();
    const sent = wire.decode(schemaType, schemaToBytes(meta, wire, full)) as WireSchema;
    expect(sent.fields.map(({ name }) => name)).toEqual(['id']);
  });

  it('tells of a damaged file', async () => {
    const schema = schemaFromWire(wireOf({ fields: [id] }), wire);
    const error = await thrownBy(async () => schemaToBytes(schema, wire, 'AAAA'));
    expect(error).toMatchObject({ code: 'META_UNREADABLE', remedy: expect.stringContaining('extras.json') });
  });
});
