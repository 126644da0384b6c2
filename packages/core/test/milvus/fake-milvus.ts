import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import definitions from '@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js';
import Long from 'long';
import protobuf from 'protobufjs/light.js';
import { addSnapshotDefinitions } from '../../src/milvus/snapshot-definitions.js';

/** A failure of gRPC itself. */
export interface GrpcFailure {
  readonly grpc: number;
  readonly details?: string;
}

export type Handler = (
  request: Record<string, unknown>,
  metadata: Metadata,
) => object | GrpcFailure | 'never';

export interface FakeMilvus {
  readonly port: number;
  /** Names of the calls that arrived, in order. */
  readonly calls: string[];
  readonly requests: { rpc: string; request: Record<string, unknown>; metadata: Metadata }[];
  close(): void;
}

/**
 * A gRPC server that speaks Milvus's own wire format and says what a test wants: newer versions and broken networks
 * do not fit on this machine. What it is not told to answer is unknown to it, as calls are to an older Milvus.
 */
export async function startFakeMilvus(
  handlers: Readonly<Record<string, Handler>>,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<FakeMilvus> {
  protobuf.util.Long = Long;
  protobuf.configure();
  const root = protobuf.Root.fromJSON(unwrap(definitions));
  addSnapshotDefinitions(root);
  const service = root.lookupService('milvus.proto.milvus.MilvusService');
  const server = new Server();
  const calls: string[] = [];
  const requests: FakeMilvus['requests'] = [];
  for (const [name, handler] of Object.entries(handlers)) {
    const method = service.methods[name];
    method?.resolve();
    const input = method?.resolvedRequestType;
    const output = method?.resolvedResponseType;
    if (!input || !output) throw new Error(`no such call: ${name}`);
    server.register(
      `/milvus.proto.milvus.MilvusService/${name}`,
      (call: ServerUnaryCall<Record<string, unknown>, object>, callback: sendUnaryData<object>) => {
        calls.push(name);
        requests.push({ rpc: name, request: call.request, metadata: call.metadata });
        const answer = handler(call.request, call.metadata);
        if (answer === 'never') return;
        if ('grpc' in answer) callback({ code: Number(answer.grpc), details: String(answer.details ?? '') });
        else callback(null, answer);
      },
      (value: object) => Buffer.from(output.encode(output.fromObject(value)).finish()),
      (bytes: Buffer) => input.toObject(input.decode(bytes), { longs: String, defaults: true }),
      'unary',
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, calls, requests, close: () => server.forceShutdown() };
}

function unwrap(module: object): protobuf.INamespace {
  return ('default' in module ? module.default : module) as protobuf.INamespace;
}
