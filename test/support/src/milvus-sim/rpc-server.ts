import {
  type handleUnaryCall,
  type Metadata,
  Server,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type CallLog, type RecordedCall, withoutSecrets } from './calls.js';
import type { CallContext, Handlers } from './handlers.js';
import { hashPassword } from './rbac.js';
import { serveReplicateStream } from './replicate.js';
import { GrpcError, grpcCodes, SimError, type SimStatus, success } from './sim-error.js';
import type { SimMethod } from './wire.js';
import { defaultDatabase, type World } from './world.js';

const maxMessageBytes = 2 ** 31 - 1;

export interface RpcServerDeps {
  readonly world: World;
  readonly handlers: Handlers;
  readonly log: CallLog;
  /** Ask for user and password. */
  readonly authorization: boolean;
}

/** Serves every RPC of the definitions: those that this version or the simulator does not have answer UNIMPLEMENTED. */
export function createRpcServer(deps: RpcServerDeps): Server {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const method of deps.world.wire.methods) {
    definition[method.name] = {
      path: method.path,
      requestStream: method.isStream,
      responseStream: method.isStream,
      requestSerialize: (value: object) => Buffer.from(JSON.stringify(value)),
      requestDeserialize: (bytes: Buffer) => method.decode(bytes),
      responseSerialize: (value: object) => method.encode(value),
      responseDeserialize: (bytes: Buffer) => bytes,
    };
    implementation[method.name] = method.isStream ? streamOf(deps, method) : unaryOf(deps, method);
  }
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  server.addService(definition, implementation);
  return server;
}

function unaryOf(deps: RpcServerDeps, method: SimMethod): handleUnaryCall<object, object> {
  return (call, callback) => {
    const recorded = record(deps, method, call.metadata, call.request);
    answer(deps, method, call.request, call.metadata, recorded).then(
      (value) => callback(null, value),
      (error: unknown) => {
        const failure =
          error instanceof GrpcError
            ? error
            : new GrpcError(
                grpcCodes.internal,
                error instanceof Error ? (error.stack ?? error.message) : String(error),
              );
        recorded.outcome = `grpc ${failure.grpcStatus}`;
        callback({ code: failure.grpcStatus, details: failure.message });
      },
    );
  };
}

function record(deps: RpcServerDeps, method: SimMethod, metadata: Metadata, request: object): RecordedCall {
  return deps.log.add({
    kind: 'grpc',
    method: method.name,
    database: databaseOf(request, metadata),
    request: { ...request },
    headers: withoutSecrets(metadata.getMap()),
  });
}

async function answer(
  { world, handlers, authorization }: RpcServerDeps,
  method: SimMethod,
  request: object,
  metadata: Metadata,
  recorded: RecordedCall,
): Promise<object> {
  const handler = handlers[method.name];
  if (handler === undefined || !world.version.hasRpc(method.name)) {
    throw new GrpcError(
      grpcCodes.unimplemented,
      `unknown method ${method.name} for service milvus.proto.milvus.MilvusService`,
    );
  }
  const user = authorization
    ? authenticate(world, String(metadata.get('authorization')[0] ?? ''))
    : undefined;
  const context: CallContext = { database: recorded.database, user };
  try {
    await world.faults.check(method.name);
    if (world.faults.takeDuplicate(method.name)) await handler(request as never, context);
    const value = await handler(request as never, context);
    world.faults.checkAnswer(method.name);
    recorded.outcome = 'ok';
    return method.answersStatus ? success : { status: success, ...value };
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    const status = statusOf(error, world.version.statusCodes);
    recorded.outcome = `code ${status.code || status.error_code}`;
    return method.answersStatus ? status : { ...error.answer, status };
  }
}

function statusOf(error: SimError, withCode: boolean): SimStatus {
  return { code: withCode ? error.code : 0, error_code: error.legacyCode, reason: error.message };
}

function databaseOf(request: object, metadata: Metadata): string {
  const header = String(metadata.get('dbname')[0] ?? '');
  const field = 'db_name' in request ? String(request.db_name ?? '') : '';
  return field || header || defaultDatabase;
}

/** @throws GrpcError UNAUTHENTICATED */
export function authenticate(world: World, base64: string): string {
  const [name = '', ...rest] = Buffer.from(base64, 'base64').toString('utf8').split(':');
  if (world.rbac.users.get(name)?.password === hashPassword(rest.join(':'))) return name;
  throw new GrpcError(
    grpcCodes.unauthenticated,
    'auth check failure, please check username and password are correct',
  );
}

/** The replicate stream is the only one. */
function streamOf(
  deps: RpcServerDeps,
  method: SimMethod,
): (call: ServerDuplexStream<object, object>) => void {
  return (call) => {
    const recorded = record(deps, method, call.metadata, {});
    if (method.name !== 'CreateReplicateStream' || !deps.world.version.hasRpc(method.name)) {
      recorded.outcome = `grpc ${grpcCodes.unimplemented}`;
      call.emit('error', { code: grpcCodes.unimplemented, details: `unknown method ${method.name}` });
      return;
    }
    recorded.outcome = 'ok';
    serveReplicateStream(deps.world, call);
  };
}
