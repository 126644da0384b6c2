import type { Handlers } from './handlers.js';
import { position } from './rpc-flush.js';
import type { World } from './world.js';

/** Positions of the replication channel, and what a secondary is asked before a stream. */
export function createReplicateHandlers(world: World): Handlers {
  return {
    ReplicateMessage({ channel_name }: { readonly channel_name: string }) {
      const bytes = world.wire.encode('msg.MsgPosition', position(channel_name, world.clock.nextTimestamp()));
      return { position: bytes.toString('base64') };
    },
    // Without a checkpoint nothing was replicated to this cluster yet.
    GetReplicateInfo: () => ({}),
    UpdateReplicateConfiguration: () => ({}),
  };
}

/** What a message on a replicate stream is answered with: its own time, confirmed. */
export function confirmReplicated(world: World, request: object): object | undefined {
  const { replicate_message: sent } = request as {
    readonly replicate_message?: {
      readonly message?: { readonly properties?: Readonly<Record<string, string>> };
    };
  };
  if (sent?.message === undefined) return undefined;
  world.replicated.push(sent.message);
  const time = [...(sent.message.properties?._tt ?? '0')].reduce(
    (sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)),
    0n,
  );
  return { replicate_confirmed_message_info: { confirmed_time_tick: String(time) } };
}
