import { joinSignals } from '../../errors/index.js';
import { groupBy } from '../../group-by.js';
import type { Logger } from '../../log.js';
import type { MilvusGateway } from '../../milvus/gateway.js';
import type { ReplicatedClusters } from '../../milvus/gateway-replicate.js';
import { type Broadcast, type ChannelMessage, messagesOf } from './broadcast.js';
import type { FlushPoint } from './flush-points.js';
import { ReplicateChannel } from './replicate-channel.js';

export interface ReplicationInit {
  readonly milvus: Pick<MilvusGateway, 'openReplicateStream' | 'replicateCheckpoint'>;
  readonly clusters: ReplicatedClusters;
  readonly flushes: ReadonlyMap<string, FlushPoint>;
  /** By physical channel of the source, the tick of the last message that is there. */
  readonly applied: ReadonlyMap<string, bigint>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** All channels of one restore, each with a stream of its own while it is needed. */
export class Replication {
  readonly #init: ReplicationInit;
  readonly #stop = new AbortController();
  readonly #channels = new Map<string, ReplicateChannel>();

  constructor(init: ReplicationInit) {
    this.#init = init;
  }

  /** Sends what may be under way at the same time, and waits until the target has written it. @throws BackupError */
  async broadcast(broadcasts: readonly Broadcast[]): Promise<void> {
    await this.#deliver(broadcasts.flatMap((one) => messagesOf(one, this.#init.flushes)));
  }

  /** The source's own messages, unchanged. */
  async forward(points: readonly FlushPoint[]): Promise<void> {
    await this.#deliver(points.map(({ channel, message, tick }) => ({ physical: channel, message, tick })));
  }

  /** Whether an earlier try has brought every copy of it. */
  has(broadcast: Broadcast): boolean {
    return broadcast.copies.every(({ physical, tick }) => tick <= (this.#init.applied.get(physical) ?? 0n));
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
  }

  async #deliver(messages: readonly ChannelMessage[]): Promise<void> {
    const work = [...groupBy(messages, (one) => one.physical)].map(async ([physical, own]) => {
      try {
        await this.#channel(physical).deliver(own);
      } catch (error) {
        // The first failure ends the others too.
        this.#stop.abort(error);
        throw error;
      }
    });
    const ends = await Promise.allSettled(work);
    if (!this.#init.signal.aborted && this.#stop.signal.aborted) throw this.#stop.signal.reason;
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  #channel(physical: string): ReplicateChannel {
    const { milvus, clusters, applied, logger, signal } = this.#init;
    const channel =
      this.#channels.get(physical) ??
      new ReplicateChannel({
        milvus,
        clusters,
        channel: physical,
        applied: applied.get(physical) ?? 0n,
        logger,
        signal: joinSignals(signal, this.#stop.signal),
      });
    this.#channels.set(physical, channel);
    return channel;
  }
}
