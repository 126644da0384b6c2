import type { BackupExtras } from '../../meta/extras.js';
import type { BackupMeta } from '../../meta/types.js';
import type { MessageKind } from '../../milvus/replicate-wire.js';
import type { Wire } from '../../milvus/wire.js';
import type { Broadcast, ResourceKey } from './broadcast.js';
import { physicalChannelOf } from './channels.js';
import { databaseIdOf, type IdSource } from './ids.js';

/** What all messages of one restore are made of. Ticks rise in the order in which the messages are made, and are to be sent. */
export interface PlanContext {
  readonly codec: Pick<Wire, 'encode' | 'decode'>;
  readonly extras: BackupExtras;
  readonly ids: IdSource;
  readonly controlChannel: string;
  readonly channels: ReadonlySet<string>;
  databaseId(name: string, known?: bigint): bigint;
  /** @param body given the tick of the first copy */
  broadcast(
    kind: MessageKind,
    channels: readonly string[],
    keys: readonly ResourceKey[],
    header: Uint8Array,
    body: (tick: bigint) => Uint8Array,
  ): Broadcast;
}

export interface ContextInput {
  readonly meta: BackupMeta;
  readonly extras: BackupExtras;
  readonly codec: Pick<Wire, 'encode' | 'decode'>;
  readonly ids: IdSource;
}

export function createPlanContext({ meta, extras, codec, ids }: ContextInput): PlanContext {
  const channels = new Set(meta.physical_channel_names);
  return {
    codec,
    extras,
    ids,
    controlChannel: meta.control_channel_name,
    channels,
    databaseId: (name, known) => databaseIdOf(meta, name, known),
    broadcast(kind, on, keys, header, body) {
      // Two of the channels may lie on one physical channel, where no two messages may have one tick.
      const copies = on.map((channel) => ({
        channel,
        physical: physicalChannelOf(channel, channels),
        tick: ids.tick(),
      }));
      return { kind, id: ids.id(), copies, keys, header, body: body(copies[0]?.tick ?? 0n) };
    },
  };
}
