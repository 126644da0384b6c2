import { setTimeout as sleep } from 'node:timers/promises';
import type { Metadata, ServerDuplexStream } from '@grpc/grpc-js';
import type { Handlers } from './handlers.js';
import { applyBroadcast } from './replicate-apply.js';
import { decodeLog } from './replicate-wire.js';
import type { ReplicatedMessage } from './replication.js';
import { position } from './rpc-flush.js';
import { GrpcError, grpcCodes } from './sim-error.js';
import type { World } from './world.js';

/** Positions of the replication channel, and how far a secondary has come. */
export function createReplicateHandlers(world: World): Handlers {
  return {
    ReplicateMessage({ channel_name }: { readonly channel_name: string }) {
      const bytes = world.wire.encode('msg.MsgPosition', position(channel_name, world.clock.nextTimestamp()));
      return { position: bytes.toString('base64') };
    },
    GetReplicateInfo(request: { readonly source_cluster_id: string; readonly target_pchannel: string }) {
      const { source } = secondaryOf(world);
      const channel = request.target_pchannel;
      if (request.source_cluster_id !== source || !channel.startsWith(`${world.cluster}-rootcoord-dml_`)) {
        throw new GrpcError(
          grpcCodes.unknown,
          `channel ${channel} of source ${request.source_cluster_id} is unknown`,
        );
      }
      const time = world.replication.checkpoints.get(channel) ?? 0n;
      // A secondary that nothing has come to yet tells a checkpoint of zero.
      return { checkpoint: { cluster_id: source, pchannel: channel, time_tick: String(time) } };
    },
    UpdateReplicateConfiguration: () => ({}),
  };
}

interface Request {
  readonly replicate_message?: {
    readonly source_cluster_id: string;
    readonly message: ReplicatedMessage | null;
  } | null;
}

/** A stream of the source's log. Messages are written one after another, as Milvus does it. */
export function serveReplicateStream(world: World, call: ServerDuplexStream<object, object>): void {
  let writing = Promise.resolve();
  let over = false;
  const end = (error: unknown): void => {
    if (over) return;
    over = true;
    const failure = error instanceof GrpcError ? error : new GrpcError(grpcCodes.internal, String(error));
    call.emit('error', { code: failure.grpcStatus, details: failure.message });
  };
  try {
    checkCluster(world, call.metadata);
  } catch (error) {
    end(error);
    return;
  }
  call.on('data', (request: Request) => {
    writing = writing
      .then(async () => {
        if (over) return;
        await take(world, request, (time) => {
          if (!over) call.write({ replicate_confirmed_message_info: { confirmed_time_tick: String(time) } });
        });
      })
      .catch(end);
  });
  call.on('end', () => void writing.then(() => over || call.end()));
  call.on('cancelled', () => {
    over = true;
  });
}

/** `cluster-id` names the one that the stream is meant for. */
function checkCluster(world: World, metadata: Metadata): void {
  const id = String(metadata.get('cluster-id')[0] ?? '');
  secondaryOf(world);
  if (id === '') throw new GrpcError(grpcCodes.invalidArgument, 'cluster id not found in context');
  if (id !== world.cluster) {
    throw new GrpcError(
      grpcCodes.failedPrecondition,
      `cluster id mismatch, current: ${world.cluster}, got: ${id}`,
    );
  }
}

function secondaryOf(world: World): { readonly source: string } {
  if (world.source === undefined) {
    throw new GrpcError(
      grpcCodes.failedPrecondition,
      'replicate violation: wal is not a secondary cluster in replicating topology',
    );
  }
  return { source: world.source };
}

async function take(world: World, request: Request, confirm: (time: bigint) => void): Promise<void> {
  const { replication } = world;
  const sent = request.replicate_message;
  if (!sent?.message) return;
  if (sent.source_cluster_id !== world.source) {
    throw new GrpcError(
      grpcCodes.failedPrecondition,
      `replicate violation: cluster id mismatch, current: ${sent.source_cluster_id}, expected: ${world.source}`,
    );
  }
  if (replication.delay > 0) await sleep(replication.delay);
  const { message } = sent;
  write(world, message, confirm);
  if (replication.twice) write(world, message, confirm);
}

function write(world: World, message: ReplicatedMessage, confirm: (time: bigint) => void): void {
  const { replication } = world;
  const { properties: p } = message;
  // What Milvus ends the process without.
  if (!message.id?.id || !message.id.WAL_name) throw broken('no message id');
  if (p._lcs === undefined && p._lc === undefined) throw broken('last confirmed message lost');
  if (!p._t || !p._v || !p._tt) throw broken('type, version or time tick lost');
  const channel = toTarget(world, physicalOf(p._vc ?? ''));
  const time = base36(p._tt);
  if (time <= (replication.checkpoints.get(channel) ?? 0n)) {
    // Without a word to the sender.
    replication.passedOver.push(message);
    return;
  }
  replication.checkpoints.set(channel, time);
  replication.messages.push(message);
  if (replication.takeCut()) {
    acknowledge(world, message);
    throw new GrpcError(grpcCodes.unavailable, 'the stream broke as it was told to');
  }
  confirm(time);
  acknowledge(world, message);
}

/** A broadcast has its effect when it has come on all of its channels. */
function acknowledge(world: World, message: ReplicatedMessage): void {
  const { replication } = world;
  const { _bh: header, _vc: channel = '' } = message.properties;
  if (header === undefined) return;
  const { broadcast_id: id, vchannels } = decodeLog('BroadcastHeader', Buffer.from(header, 'base64'));
  const seen = replication.pending.get(id) ?? new Set<string>();
  replication.pending.set(id, seen.add(channel));
  if (vchannels.some((one) => !seen.has(one))) return;
  replication.pending.delete(id);
  void sleep(replication.delay)
    .then(() => applyBroadcast(world, message, (one) => toTargetVirtual(world, one)))
    .catch((error: unknown) => void replication.failures.push(`type ${message.properties._t}: ${error}`));
}

const broken = (what: string): GrpcError =>
  new GrpcError(grpcCodes.internal, `there's a bug in the message codes, ${what}`);

const base36 = (text: string): bigint =>
  [...text].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);

/** `X-rootcoord-dml_3_4711v0` and `X-rootcoord-dml_0_vcchan` are on `X-rootcoord-dml_3` and `X-rootcoord-dml_0`. */
function physicalOf(channel: string): string {
  return /^(.*-rootcoord-dml_\d+)(_.*)?$/.exec(channel)?.[1] ?? channel;
}

/** Channels of the two clusters are paired by their position. */
function toTarget(world: World, channel: string): string {
  const index = new RegExp(`^${world.source}-rootcoord-dml_(\\d+)$`).exec(channel)?.[1];
  if (index === undefined) {
    throw new GrpcError(
      grpcCodes.failedPrecondition,
      `replicate violation: failed to get target channel of ${channel}`,
    );
  }
  return `${world.cluster}-rootcoord-dml_${index}`;
}

function toTargetVirtual(world: World, channel: string): string {
  const physical = physicalOf(channel);
  return channel.replace(physical, toTarget(world, physical));
}
