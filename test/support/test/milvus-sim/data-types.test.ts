import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { expect, test } from 'vitest';
import { flushCollection } from '../../src/index.js';
import { loadSimWire } from '../../src/milvus-sim/wire.js';
import { copyAsBackup, groupFolders, idOf, openSim, runJob } from './harness.js';
import { ask, codesOf, success } from './raw.js';

const wire = loadSimWire();
const dim = [{ key: 'dim', value: '4' }];
const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index + 1));
const scalar = (member: string, data: readonly unknown[], more: object = {}) => ({
  scalars: { [member]: { data, ...more } },
});
const vector = (member: string, content: unknown) => ({ vectors: { dim: '4', [member]: content } });

/** A field, and the data of two rows as Insert sends and Query answers it. */
const fields = [
  { name: 'id', data_type: 5, is_primary_key: true, data: scalar('long_data', ['9007199254740993', '-5']) },
  {
    name: 'maybe',
    data_type: 4,
    nullable: true,
    data: { ...scalar('int_data', [7, 0]), valid_data: [true, false] },
  },
  {
    name: 'place',
    data_type: 24,
    nullable: true,
    data: { ...scalar('geometry_data', [bytes(21), Buffer.alloc(0)]), valid_data: [true, false] },
  },
  { name: 'long_text', data_type: 25, data: scalar('string_data', ['a'.repeat(300), 'é']) },
  { name: 'moment', data_type: 26, data: scalar('timestamptz_data', ['1700000000000001', '-1']) },
  {
    name: 'document',
    data_type: 23,
    data: scalar('json_data', [Buffer.from('{"a":9007199254740993}'), Buffer.from('null')]),
  },
  {
    name: 'float',
    data_type: 101,
    type_params: dim,
    data: vector('float_vector', { data: [1, 2, 3, 4, 5, 6, 7, 0.5] }),
  },
  { name: 'half', data_type: 102, type_params: dim, data: vector('float16_vector', bytes(16)) },
  { name: 'brain', data_type: 103, type_params: dim, data: vector('bfloat16_vector', bytes(16)) },
  { name: 'small', data_type: 105, type_params: dim, data: vector('int8_vector', bytes(8)) },
  {
    name: 'sparse',
    data_type: 104,
    data: { vectors: { dim: '0', sparse_float_vector: { contents: [bytes(8), bytes(16)], dim: '0' } } },
  },
];
const parts = [
  {
    name: 'part_tags',
    data_type: 22,
    element_type: 21,
    data: scalar('array_data', [{ string_data: { data: ['x', 'y'] } }, { string_data: { data: [] } }], {
      element_type: 21,
    }),
  },
  {
    name: 'part_vectors',
    data_type: 106,
    element_type: 101,
    type_params: dim,
    data: vector('vector_array', {
      dim: '4',
      element_type: 101,
      data: [
        { dim: '4', float_vector: { data: [1, 2, 3, 4] } },
        { dim: '4', float_vector: { data: [] } },
      ],
    }),
  },
];

async function createAll(client: MilvusClient, name: string): Promise<void> {
  const schema = wire.encode('schema.CollectionSchema', {
    name,
    fields: fields.map(({ data: _data, ...field }) => field),
    struct_array_fields: [{ name: 'parts', fields: parts.map(({ data: _data, ...field }) => field) }],
  });
  expect(await codesOf(client, 'CreateCollection', { collection_name: name, schema, shards_num: 1 })).toEqual(
    success,
  );
}

async function readAll(client: MilvusClient, name: string): Promise<readonly object[]> {
  const answer = await ask(client, 'Query', {
    collection_name: name,
    expr: '',
    output_fields: [...fields.map((field) => field.name), 'parts'],
  });
  expect(answer.status).toMatchObject(success);
  return answer.fields_data as object[];
}

test.each([
  ['3.0.0', 0],
  ['3.0.0', 2],
] as const)(
  'every newer data type comes back after an import: Milvus %s, storage version %d',
  async (version, storageVersion) => {
    const { sim, client, store } = await openSim(version, { storageVersion });
    for (const name of ['source', 'target']) await createAll(client, name);
    const columns = fields.map(({ name, data_type, data }) => ({
      field_name: name,
      type: data_type,
      ...data,
    }));
    const inner = parts.map(({ name, data_type, data }) => ({ field_name: name, type: data_type, ...data }));
    const inserted = await ask(client, 'Insert', {
      collection_name: 'source',
      partition_name: '_default',
      num_rows: 2,
      fields_data: [...columns, { field_name: 'parts', type: 200, struct_arrays: { fields: inner } }],
    });
    expect(inserted).toMatchObject({ status: success, insert_cnt: '2' });
    await flushCollection(client, { collection: 'source' });
    const files = groupFolders(await copyAsBackup(store, await idOf(client, 'source')), 'insert_log').map(
      (one) => [one],
    );
    const options = {
      backup: 'true',
      ...(storageVersion === 0 ? {} : { storage_version: String(storageVersion) }),
    };
    expect(await runJob(sim, { collectionName: 'target', files, options })).toMatchObject({
      state: 'Completed',
      importedRows: 2,
    });
    for (const name of ['source', 'target']) {
      for (const field of fields) {
        if (field.data_type < 100) continue;
        const index = { collection_name: name, field_name: field.name, index_name: field.name };
        await ask(client, 'CreateIndex', { ...index, extra_params: [{ key: 'index_type', value: 'FLAT' }] });
      }
      expect(await codesOf(client, 'LoadCollection', { collection_name: name })).toEqual(success);
    }
    const source = await readAll(client, 'source');
    expect(await readAll(client, 'target')).toEqual(source);
    // The order of keys turns the two rows round.
    const [, maybe] = source;
    expect(maybe).toMatchObject({
      field_name: 'maybe',
      valid_data: [false, true],
      scalars: { int_data: { data: [0, 7] } },
    });
    expect(source.at(-1)).toMatchObject({
      field_name: 'parts',
      struct_arrays: { fields: [{ field_name: 'part_tags' }, {}] },
    });
  },
);

test('older versions refuse types, and drop flags, that they do not know', async () => {
  const { client } = await openSim('2.3.5');
  const create = (field: object) =>
    codesOf(client, 'CreateCollection', {
      collection_name: 'one',
      schema: wire.encode('schema.CollectionSchema', {
        fields: [
          { name: 'id', data_type: 5, is_primary_key: true },
          { name: 'other', ...field },
        ],
      }),
    });
  expect(await create({ data_type: 104 })).toMatchObject({ code: 1100 });
  expect(await create({ data_type: 4, nullable: true })).toEqual(success);
  const { schema } = await ask(client, 'DescribeCollection', { collection_name: 'one' });
  expect(schema).toMatchObject({ fields: [{}, { name: 'other', nullable: false }] });
});

test('a field that is added later is null in the rows before it', async () => {
  const { client } = await openSim('2.6.11');
  const schema = wire.encode('schema.CollectionSchema', {
    fields: [{ name: 'id', data_type: 5, is_primary_key: true }],
    enable_dynamic_field: true,
  });
  const at = { collection_name: 'grown' };
  await ask(client, 'CreateCollection', { ...at, schema });
  const id = { field_name: 'id', type: 5, ...scalar('long_data', ['1']) };
  await ask(client, 'Insert', { ...at, num_rows: 1, fields_data: [id] });
  const added = wire.encode('schema.FieldSchema', { name: 'later', data_type: 4, nullable: true });
  expect(await codesOf(client, 'AddCollectionField', { ...at, schema: added })).toEqual(success);
  const described = await ask(client, 'DescribeCollection', at);
  // 101 is the hidden dynamic field.
  expect(described.schema).toMatchObject({ fields: [{ fieldID: '100' }, { name: 'later', fieldID: '102' }] });
  await ask(client, 'LoadCollection', at);
  const { fields_data } = await ask(client, 'Query', { ...at, expr: 'id == 1', output_fields: ['later'] });
  expect((fields_data as object[])[1]).toMatchObject({ field_name: 'later', valid_data: [false] });
});
