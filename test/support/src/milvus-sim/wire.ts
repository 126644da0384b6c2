import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import Long from 'long';
import protobuf from 'protobufjs/light.js';
import { addSnapshotExports } from './snapshot-wire.js';

const serviceName = 'milvus.proto.milvus.MilvusService';

/** Encodes answers and decodes requests of one RPC. */
export interface SimMethod {
  readonly name: string;
  /** HTTP/2 path. */
  readonly path: string;
  readonly isStream: boolean;
  /** The answer is a bare `Status`, without one inside. */
  readonly answersStatus: boolean;
  encode(answer: object): Buffer;
  decode(bytes: Uint8Array): object;
}

export interface SimWire {
  readonly methods: readonly SimMethod[];
  /** @param type without the leading `milvus.proto.`, e.g. `schema.ScalarField` */
  encode(type: string, value: object): Buffer;
  decode(type: string, bytes: Uint8Array): object;
}

/**
 * The wire definitions that the SDK package carries; nothing of them is copied into the repository. Decoded messages have
 * 64-bit integers as decimal strings, enums as numbers, every list and scalar, and the name of the set member of a oneof.
 */
export function loadSimWire(): SimWire {
  // Without it protobufjs silently rounds 64-bit ids.
  protobuf.util.Long = Long;
  protobuf.configure();
  const root = protobuf.Root.fromJSON(unwrap(definitions));
  addSnapshotExports(root);
  const service = root.lookupService(serviceName);
  const encode = (type: protobuf.Type, value: object): Buffer =>
    Buffer.from(type.encode(type.fromObject(value)).finish());
  const decode = (type: protobuf.Type, bytes: Uint8Array): object =>
    type.toObject(type.decode(bytes), {
      longs: String,
      enums: Number,
      bytes: Buffer,
      defaults: true,
      oneofs: true,
    });
  return {
    methods: Object.values(service.methods).map((method) => {
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      if (!request || !response) throw new Error(`the wire definitions of ${method.name} are incomplete`);
      return {
        name: method.name,
        path: `/${serviceName}/${method.name}`,
        answersStatus: response.name === 'Status',
        isStream: Boolean(method.requestStream || method.responseStream),
        encode: (answer) => encode(response, answer),
        decode: (bytes) => decode(request, bytes),
      };
    }),
    encode: (type, value) => encode(root.lookupType(`milvus.proto.${type}`), value),
    decode: (type, bytes) => decode(root.lookupType(`milvus.proto.${type}`), bytes),
  };
}

/** CommonJS seen from ESM: the default export lies one level deeper than its types say. */
function unwrap(module: object): protobuf.INamespace {
  return ('default' in module ? module.default : module) as protobuf.INamespace;
}
