import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/schema.base.js';
import protobuf from 'protobufjs';
import type { CellValue } from './binlog.js';

const root = protobuf.Root.fromJSON('default' in definitions ? unwrap(definitions) : definitions);
const scalarField = root.lookupType('milvus.proto.schema.ScalarField');

/** The value of an Array field: a `ScalarField` message with one list. */
export function decodeScalarArray(bytes: Uint8Array): CellValue[] {
  const message = scalarField.toObject(scalarField.decode(bytes), { longs: String, oneofs: true });
  const list: unknown = message[String(message.data)];
  const data: unknown = typeof list === 'object' && list !== null && 'data' in list ? list.data : [];
  if (!Array.isArray(data)) throw new Error('an array has no list');
  return data;
}

/** The SDK is CommonJS: what it exports as default arrives one level deeper, whatever its types say. */
function unwrap(module: object & { readonly default: unknown }): protobuf.INamespace {
  return module.default as protobuf.INamespace;
}
