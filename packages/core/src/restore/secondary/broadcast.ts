import type { LogMessage } from '../../milvus/gateway-replicate.js';
import {
  encodeLogMessage,
  type MessageKind,
  messageTypes,
  resourceDomains,
} from '../../milvus/replicate-wire.js';
import type { FlushPoint } from './flush-points.js';

/** What a broadcast holds while Milvus carries it out. */
export interface ResourceKey {
  readonly domain: number;
  readonly key: string;
  readonly shared: boolean;
}

/** One copy of a broadcast, for one channel. */
export interface BroadcastCopy {
  /** Virtual channel of the source. */
  readonly channel: string;
  readonly physical: string;
  readonly tick: bigint;
}

/** A message of the source's log as it would have been written there, on each of the channels that it concerns. */
export interface Broadcast {
  readonly kind: MessageKind;
  readonly id: bigint;
  readonly copies: readonly BroadcastCopy[];
  readonly keys: readonly ResourceKey[];
  /** Encoded. */
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** A message as it goes over the stream of its physical channel. */
export interface ChannelMessage {
  readonly physical: string;
  readonly tick: bigint;
  readonly message: LogMessage;
}

const cluster: ResourceKey = { domain: resourceDomains.cluster, key: '', shared: true };

/** Every broadcast shares the cluster (milvus-io/milvus, docs/agent_guides/streaming-system/message). */
export const keysOf = {
  database: (name: string): ResourceKey[] => [
    { domain: resourceDomains.database, key: name, shared: false },
    cluster,
  ],
  collection: (database: string, name: string): ResourceKey[] => [
    { domain: resourceDomains.database, key: database, shared: true },
    { domain: resourceDomains.collection, key: `${database}:${name}`, shared: false },
    cluster,
  ],
  privileges: (): ResourceKey[] => [{ domain: resourceDomains.privilege, key: '', shared: false }, cluster],
} as const;

/**
 * The messages of a broadcast. Their ids in the log are that of the channel's flush message: one that the source's log has, so that
 * a replication which is begun before the restore has ended begins nowhere else. Names of properties and the form of their values:
 * milvus-io/milvus, `pkg/streaming/util/message` (properties.go, encoder.go).
 */
export function messagesOf(
  broadcast: Broadcast,
  flushes: ReadonlyMap<string, Pick<FlushPoint, 'message'>>,
): ChannelMessage[] {
  const { type, version } = messageTypes[broadcast.kind];
  const header = encodeLogMessage('BroadcastHeader', {
    broadcast_id: String(broadcast.id),
    vchannels: broadcast.copies.map((copy) => copy.channel),
    Resource_keys: broadcast.keys,
  });
  return broadcast.copies.map(({ channel, physical, tick }) => ({
    physical,
    tick,
    message: {
      id: flushes.get(physical)?.message.id ?? null,
      payload: broadcast.body,
      properties: {
        _v: String(version),
        _t: String(type),
        _h: base64(broadcast.header),
        _bh: base64(header),
        _vc: channel,
        _tt: tick.toString(36),
        // The last message that is confirmed is the message itself.
        _lcs: '',
      },
    },
  }));
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
