import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { fullSchemaOf } from '../../src/milvus/full-schema.js';
import type { WireSchema } from '../../src/milvus/messages.js';
import { fieldToBytes, schemaFromWire, schemaToBytes } from '../../src/milvus/schema.js';
import { loadWire } from '../../src/milvus/wire.js';
import { thrownBy } from '../driver/thrown-by.js';

const wire = loadWire();
const schemaType = 'milvus.proto.schema.CollectionSchema';

/** Field 99 of a newer definition: one of every wire type. */
const newer = (): Buffer =>
  Buffer.from(
    protobuf.Writer.create()
      .uint32((99 << 3) | 0)
      .uint64('470635149252362241')
      .uint32((99 << 3) | 1)
      .double(1.5)
      .uint32((99 << 3) | 2)
      .string('ü')
      .uint32((99 << 3) | 5)
      .float(2.5)
      .finish(),
  );

const held = (type: string, bytes: Uint8Array): object => wire.decode(type, bytes);

/** A schema of a Milvus that knows a data type, a function and fields at every level that are not in the definitions here. */
function newerSchema(): Buffer {
  const $unknown = newer();
  return wire.encode(schemaType, {
    name: 'books',
    $unknown,
    fields: [
      { fieldID: '100', name: 'id', is_primary_key: true, data_type: 5 },
      { fieldID: '101', name: 'odd', data_type: 777, element_type: 778, $unknown },
    ],
    functions: [{ name: 'f', type: 55, input_field_names: ['id'], $unknown }],
    struct_array_fields: [
      {
        fieldID: '102',
        name: 's',
        $unknown,
        fields: [{ fieldID: '103', name: 'inner', data_type: 779, $unknown }],
      },
    ],
  });
}

describe('what only a newer Milvus knows', () => {
  it('comes through the wire definitions', () => {
    const bytes = newerSchema();
    expect(wire.encode(schemaType, held(schemaType, bytes))).toEqual(bytes);
    expect(bytes.toString('latin1').split(newer().toString('latin1'))).toHaveLength(6);
  });

  it('of a schema is kept in a backup and sent back', () => {
    const bytes = newerSchema();
    const described = held(schemaType, bytes) as WireSchema;
    const full = fullSchemaOf(described, wire);
    expect(Buffer.from(full, 'base64')).toEqual(bytes);
    const meta = schemaFromWire(described, wire);
    expect(meta.fields[1]).toMatchObject({ data_type: 777, element_type: 778 });
    expect(schemaToBytes(meta, wire, full)).toEqual(bytes);
    const [, odd] = meta.fields;
    if (odd === undefined) throw new Error('the field is gone');
    expect(fieldToBytes(odd, wire, full).includes(newer())).toBe(true);
  });

  it.each(['milvus.proto.msg.MsgPosition', 'milvus.proto.common.ImmutableMessage'])(
    'of a %s stays',
    (type) => {
      const bytes = Buffer.concat([wire.encode(type, {}), newer()]);
      expect(wire.encode(type, held(type, bytes))).toEqual(bytes);
    },
  );

  it('of positions and messages in answers stays, by channel', () => {
    const $unknown = newer();
    const positions = {
      a: { channel_name: 'a', timestamp: '1', $unknown },
      b: { channel_name: 'b', timestamp: '2' },
    };
    const flush = 'milvus.proto.milvus.FlushResponse';
    const root = wire.encode('milvus.proto.msg.MsgPosition', positions.a);
    // A map of messages is written entry by entry.
    const entry = protobuf.Writer.create().uint32(10).string('a').uint32(18).bytes(root).finish();
    const bytes = protobuf.Writer.create()
      .uint32((idOf(flush, 'channel_cps') << 3) | 2)
      .bytes(entry)
      .finish();
    expect(held(flush, bytes)).toMatchObject({
      channel_cps: { a: { channel_name: 'a', timestamp: '1', $unknown } },
    });
  });

  it('as a default value is kept in a backup, and refused in a restore, which could not tell it from a broken one', async () => {
    const field = { fieldID: '101', name: 'odd', data_type: 777, default_value: { $unknown: newer() } };
    const bytes = wire.encode(schemaType, { name: 'books', fields: [field] });
    const meta = schemaFromWire(held(schemaType, bytes) as WireSchema, wire);
    expect(meta.fields[0]?.default_value_base64).toBe(newer().toString('base64'));
    const error = await thrownBy(async () => schemaToBytes(meta, wire));
    expect(error.code).toBe('META_UNREADABLE');
  });
});

function idOf(type: string, field: string): number {
  const root = protobuf.Root.fromJSON(
    ('default' in definitions ? definitions.default : definitions) as protobuf.INamespace,
  );
  return root.lookupType(type).fields[field]?.id ?? 0;
}
