import { Client, connectivityState, Metadata, type ServiceError } from '@grpc/grpc-js';
import pRetry from 'p-retry';
import type { MilvusSection } from '../config/types.js';
import { BackupError, cancelled, isBackupError, throwIfAborted } from '../errors/index.js';
import type { Logger } from '../log.js';
import type { ClientSecurity } from './client-credentials.js';
import { type CallSite, fromGrpc, fromStatus, grpcStatus, isComingBack } from './errors.js';
import type {
  RequestOf,
  ResponseOf,
  RpcName,
  StreamName,
  StreamRequestOf,
  StreamResponseOf,
  WireStatus,
} from './messages.js';
import { policyOf, rateRetry, transportRetryOf } from './rpc-policy.js';
import type { Wire } from './wire.js';

export interface RpcOptions {
  /** Sent as the header `dbname`, which every server with databases understands. */
  readonly database?: string | undefined;
  /** For messages only. */
  readonly collection?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RpcStreamEvents<Name extends StreamName> {
  answered(answer: StreamResponseOf<Name>): void;
  /** Once, unless it was closed here. */
  ended(error: BackupError): void;
}

export interface RpcStream<Name extends StreamName> {
  send(request: StreamRequestOf<Name>): void;
  close(): void;
}

/** Milvus's RPCs over one HTTP/2 connection. */
export interface RpcClient {
  /** `address:port`. */
  readonly target: string;
  /** @throws BackupError for failures of the transport and for those inside the answer, after the due retries */
  call<Name extends RpcName>(
    name: Name,
    request: RequestOf<Name>,
    options?: RpcOptions,
  ): Promise<ResponseOf<Name>>;
  /** Both sides send as they like, without a time limit and without retries. */
  openStream<Name extends StreamName>(
    name: Name,
    events: RpcStreamEvents<Name>,
    options: { readonly headers: Readonly<Record<string, string>> },
  ): RpcStream<Name>;
  /** How often Milvus was away, or a call was not answered, so far. */
  outages(): number;
  /** The number that Connect gave; sent with every later call. */
  identify(identifier: string): void;
  close(): void;
}

const maxMessageBytes = 2 ** 31 - 1;

export function targetOf(grpc: MilvusSection['grpc']): string {
  const address =
    grpc.address.includes(':') && !grpc.address.startsWith('[') ? `[${grpc.address}]` : grpc.address;
  return `${address}:${grpc.port}`;
}

export function createRpcClient(
  section: Pick<MilvusSection, 'user' | 'password' | 'grpc'>,
  wire: Wire,
  security: ClientSecurity,
  logger: Logger,
): RpcClient {
  const target = targetOf(section.grpc);
  const client = new Client(target, security.credentials, {
    ...security.options,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.keepalive_time_ms': 5_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.keepalive_permit_without_calls': 1,
    // By default a connection that was away for a minute is not looked for during the next.
    'grpc.max_reconnect_backoff_ms': 5_000,
    // Ours know which calls are safe to send again, and can be aborted.
    'grpc.enable_retries': 0,
  });
  const authorization =
    section.user === '' && section.password === ''
      ? undefined
      : Buffer.from(`${section.user}:${section.password}`).toString('base64');
  let identifier: string | undefined;
  let outages = 0;
  let connected = false;

  /** A call made while the connection is away waits for it, and is answered as if nothing had been. */
  function noteConnection(): void {
    const ready = client.getChannel().getConnectivityState(false) === connectivityState.READY;
    if (connected && !ready) outages += 1;
    connected = ready;
  }

  function metadataOf(options: RpcOptions): Metadata {
    const metadata = new Metadata();
    if (authorization !== undefined) metadata.set('authorization', authorization);
    if (identifier !== undefined) metadata.set('identifier', identifier);
    if (options.database) metadata.set('dbname', options.database);
    return metadata;
  }

  function send<Name extends RpcName>(
    name: Name,
    request: RequestOf<Name>,
    options: RpcOptions,
    site: CallSite,
  ): Promise<ResponseOf<Name>> {
    const method = wire.method(name);
    const { signal } = options;
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      noteConnection();
      const call = client.makeUnaryRequest(
        method.path,
        (value: RequestOf<Name>) => method.encode(value),
        (bytes: Buffer) => method.decode(bytes),
        request,
        metadataOf(options),
        { deadline: Date.now() + policyOf(name).seconds * 1000 },
        (error: ServiceError | null, answer?: ResponseOf<Name>) => {
          signal?.removeEventListener('abort', onAbort);
          if (error)
            reject(signal?.aborted ? cancelled(signal) : fromGrpc(site, error.code, error.details, error));
          else if (answer === undefined) reject(fromGrpc(site, -1, 'the answer was empty'));
          else {
            const failure = fromStatus(site, statusOf(answer));
            if (failure) reject(failure);
            else resolve(answer);
          }
        },
      );
      const onAbort = (): void => call.cancel();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  return {
    target,
    async call(name, request, options = {}) {
      const { signal } = options;
      const site: CallSite = {
        rpc: name,
        target,
        database: options.database,
        collection: options.collection,
      };
      const note = ({ error, retriesLeft }: { error: Error; retriesLeft: number }): void => {
        if (isBackupError(error) && error.code === 'MILVUS_UNREACHABLE') outages += 1;
        logger.debug({ rpc: name, error: error.message, retriesLeft }, 'a call to Milvus failed');
      };
      const cancel = signal === undefined ? {} : { signal };
      try {
        return await pRetry(
          () =>
            pRetry(() => send(name, request, options, site), {
              ...transportRetryOf(name),
              ...cancel,
              onFailedAttempt: note,
              shouldRetry: ({ error }) => isBackupError(error) && maySendAgain(name, error),
            }),
          {
            ...rateRetry,
            ...cancel,
            shouldRetry: ({ error }) => isBackupError(error) && mayWait(name, error),
          },
        );
      } catch (error) {
        if (signal?.aborted) throw cancelled(signal);
        throw error;
      }
    },
    openStream(name, events, { headers }) {
      const site: CallSite = { rpc: name, target };
      const method = wire.streamMethod(name);
      const metadata = metadataOf({});
      for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
      const stream = client.makeBidiStreamRequest(
        method.path,
        (value: StreamRequestOf<typeof name>) => method.encode(value),
        (bytes: Buffer) => method.decode(bytes),
        metadata,
      );
      let over = false;
      const end = (error: BackupError): void => {
        if (over) return;
        over = true;
        events.ended(error);
      };
      stream.on('data', (answer: StreamResponseOf<typeof name>) => {
        if (!over) events.answered(answer);
      });
      stream.on('error', (error: ServiceError) => end(fromGrpc(site, error.code, error.details, error)));
      stream.on('end', () => end(streamEnded(target)));
      return {
        send: (request) => void (over || stream.write(request)),
        close() {
          over = true;
          stream.cancel();
        },
      };
    },
    outages: () => outages,
    identify(value) {
      identifier = value;
    },
    close: () => client.close(),
  };
}

/** An end that the server has not explained. */
function streamEnded(target: string): BackupError {
  return new BackupError({
    code: 'MILVUS_UNREACHABLE',
    message: `Milvus at ${target} has ended the stream`,
    retryable: true,
    details: { address: target },
  });
}

function statusOf(answer: object): WireStatus | null {
  if ('status' in answer) return answer.status as WireStatus | null;
  return 'error_code' in answer ? (answer as WireStatus) : null;
}

/** Whether a refusal is one that passes with time: it had no effect, or may be followed by the same call. */
const mayWait = (name: RpcName, error: BackupError): boolean =>
  error.code === 'MILVUS_RATE_LIMITED' || (isComingBack(error) && policyOf(name).sendAgain);

function maySendAgain(name: RpcName, error: BackupError): boolean {
  if (error.code !== 'MILVUS_UNREACHABLE' || isComingBack(error)) return false;
  if (error.details.notSent === true) return true;
  return policyOf(name).sendAgain && error.details.grpcStatus !== grpcStatus.deadlineExceeded;
}
