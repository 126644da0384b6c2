import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import Long from 'long';
import protobuf from 'protobufjs/light.js';
import { BackupError } from '../errors/index.js';
import type {
  RequestOf,
  ResponseOf,
  RpcName,
  StreamName,
  StreamRequestOf,
  StreamResponseOf,
} from './messages.js';
import { addSnapshotDefinitions } from './snapshot-definitions.js';
import { attachUnknown, encodeWithUnknown, unknownKey } from './unknown-fields.js';

const serviceName = 'milvus.proto.milvus.MilvusService';

/** Encodes and decodes one RPC. */
export interface WireMethod<Name extends RpcName> {
  /** HTTP/2 path. */
  readonly path: string;
  encode(request: RequestOf<Name>): Buffer;
  decode(bytes: Uint8Array): ResponseOf<Name>;
}

/** Encodes and decodes what goes over one stream. */
export interface WireStreamMethod<Name extends StreamName> {
  /** HTTP/2 path. */
  readonly path: string;
  encode(request: StreamRequestOf<Name>): Buffer;
  decode(bytes: Uint8Array): StreamResponseOf<Name>;
}

/** Milvus's wire format. */
export interface Wire {
  method<Name extends RpcName>(name: Name): WireMethod<Name>;
  streamMethod<Name extends StreamName>(name: Name): WireStreamMethod<Name>;
  /**
   * As Go's protobuf writes it: without zero values, which an answer read by `decode` is full of, and with the fields that only a
   * newer Milvus knows.
   * @param type full name, e.g. `milvus.proto.schema.ValueField`
   */
  encode(type: string, value: object): Buffer;
  decode(type: string, bytes: Uint8Array): object;
}

/**
 * The definitions come from the SDK package, so that they move with its pinned version; nothing else of that package
 * is loaded. Reading all of them takes about 0.05 s and 10 MB, with gRPC and protobufjs 0.15 s and 25 MB (node 20, 2
 * cores), where the SDK itself takes 0.5–1.4 s and 90 MB: a subset of the types would gain nothing.
 */
export function loadWire(): Wire {
  // protobufjs looks for `long` itself and, where it does not find it, silently rounds 64-bit ids to numbers.
  protobuf.util.Long = Long;
  protobuf.configure();
  const root = protobuf.Root.fromJSON(unwrap(definitions));
  addSnapshotDefinitions(root);
  const service = root.lookupService(serviceName);

  const encode = (type: protobuf.Type, value: object): Buffer =>
    Buffer.from(type.encode(type.fromObject(value)).finish());
  const decode = (type: protobuf.Type, bytes: Uint8Array): object => {
    const options = { longs: String, enums: Number, defaults: true, oneofs: true };
    const message = type.toObject(type.decode(bytes), options);
    if (mayBeNewer.has(type.name)) attachUnknown(type, bytes, message);
    return message;
  };

  const find = (name: string): { path: string; request: protobuf.Type; response: protobuf.Type } => {
    const method = service.methods[name];
    method?.resolve();
    const request = method?.resolvedRequestType;
    const response = method?.resolvedResponseType;
    if (!request || !response) {
      throw new BackupError({ code: 'INTERNAL', message: `the wire definitions have no call ${name}` });
    }
    return { path: `/${serviceName}/${name}`, request, response };
  };

  return {
    method<Name extends RpcName>(name: Name): WireMethod<Name> {
      const { path, request, response } = find(name);
      return {
        path,
        encode: (value) => encode(request, value),
        // Here bytes get a type: the descriptor decides the shape, `messages.ts` says it.
        decode: (bytes) => decode(response, bytes) as ResponseOf<Name>,
      };
    },
    streamMethod<Name extends StreamName>(name: Name): WireStreamMethod<Name> {
      const { path, request, response } = find(name);
      return {
        path,
        encode: (value) => encode(request, value),
        decode: (bytes) => decode(response, bytes) as StreamResponseOf<Name>,
      };
    },
    encode: (name, value) => {
      const type = root.lookupType(name);
      const message = withoutZeros(type, value);
      return mayBeNewer.has(type.name)
        ? Buffer.from(encodeWithUnknown(type, message))
        : encode(type, message);
    },
    decode: (type, bytes) => decode(root.lookupType(type), bytes),
  };
}

/** What backups hold of Milvus's own messages, and the answers that tell it: what is not known here must not be lost. */
const mayBeNewer = new Set([
  'DescribeCollectionResponse',
  'FlushResponse',
  'FlushAllResponse',
  'CollectionSchema',
  'FieldSchema',
  'ValueField',
  'MsgPosition',
  'ImmutableMessage',
]);

/** Members of a oneof stay: there, zero is a value. */
function withoutZeros(type: protobuf.Type, value: object): object {
  const members: Readonly<Record<string, unknown>> = { ...value };
  const kept: Record<string, unknown> =
    members[unknownKey] === undefined ? {} : { [unknownKey]: members[unknownKey] };
  for (const field of type.fieldsArray) {
    const member = members[field.name];
    const inner = field.resolve().resolvedType;
    const each = (one: unknown): unknown =>
      inner instanceof protobuf.Type && typeof one === 'object' && one !== null
        ? withoutZeros(inner, one)
        : one;
    if (member === undefined || member === null) continue;
    if (field.map) {
      const entries = Object.entries(member);
      kept[field.name] = Object.fromEntries(entries.map(([key, one]) => [key, each(one)]));
    } else if (field.repeated) kept[field.name] = Array.isArray(member) ? member.map(each) : member;
    else if (inner instanceof protobuf.Type || field.partOf || !isZero(member))
      kept[field.name] = each(member);
  }
  return kept;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === '0' || value === '' || value === false || value === 0n;
}

/** CommonJS seen from ESM: the default export lies one level deeper than its types say. */
function unwrap(module: object): protobuf.INamespace {
  const inner = 'default' in module ? module.default : module;
  return inner as protobuf.INamespace;
}
