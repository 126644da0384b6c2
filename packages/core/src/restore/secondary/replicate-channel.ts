import { BackupError, cancelled, sleep, throwIfAborted, toBackupError } from '../../errors/index.js';
import type { Logger } from '../../log.js';
import type { MilvusGateway } from '../../milvus/gateway.js';
import type { LogMessage, ReplicatedClusters, ReplicateStream } from '../../milvus/gateway-replicate.js';
import { targetChannelOf } from './channels.js';

/** Milliseconds; as Milvus's own replication does it. */
const firstPause = 100;
const longestPause = 10_000;
/** Streams in a row that end without a confirmation, after which the restore ends: about a minute and a half. */
const mostFailures = 15;
/** Milliseconds without a confirmation after which the target is asked how far it is. */
const askAfter = 10_000;
/** Messages that may be under way. */
const window = 128;

export interface ChannelInit {
  readonly milvus: Pick<MilvusGateway, 'openReplicateStream' | 'replicateCheckpoint'>;
  readonly clusters: ReplicatedClusters;
  /** Physical channel of the source. */
  readonly channel: string;
  /** Tick of the last message that an earlier try has brought there. */
  readonly applied: bigint;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly tick: bigint;
  readonly message: LogMessage;
}

/**
 * One physical channel of the replication. What the target has not confirmed is sent again on a new stream when one breaks, after a
 * look at what it has: a message that it has already is passed over by Milvus without a word, and would be waited for for ever.
 */
export class ReplicateChannel {
  readonly #init: ChannelInit;
  /** In the order of their ticks; those before `#sent` are under way. */
  #waiting: Waiting[] = [];
  #sent = 0;
  #stream: ReplicateStream | null = null;
  #applied: bigint;
  #running: Promise<void> | null = null;
  #broken: BackupError | null = null;
  /** Ends a wait of the loop. */
  #wake: () => void = () => undefined;

  constructor(init: ChannelInit) {
    this.#init = init;
    this.#applied = init.applied;
  }

  /**
   * Sends messages and waits until the target has written all of them.
   * @throws BackupError when it does not take them, `CANCELLED`
   */
  async deliver(messages: readonly Waiting[]): Promise<void> {
    throwIfAborted(this.#init.signal);
    this.#waiting.push(...messages.filter((one) => one.tick > this.#applied));
    if (this.#waiting.length === 0) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  close(): void {
    this.#drop();
  }

  async #run(): Promise<void> {
    let failures = 0;
    const { signal, logger, channel } = this.#init;
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (this.#waiting.length > 0) {
        throwIfAborted(signal);
        const before = this.#applied;
        try {
          await this.#open();
          await this.#untilConfirmed();
        } catch (error) {
          this.#drop();
          if (signal.aborted) throw cancelled(signal);
          failures = this.#applied > before ? 0 : failures + 1;
          const failure = toBackupError(error);
          if (!mayPass(failure) || failures >= mostFailures) throw this.#explain(failure);
          logger.warn(
            { channel, reason: failure.message, unconfirmed: this.#waiting.length },
            'the stream to the secondary broke; what is not confirmed is sent again',
          );
          await sleep(Math.min(longestPause, firstPause * 2 ** failures), signal);
          await this.#ask();
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #open(): Promise<void> {
    if (this.#stream !== null) return;
    const { milvus, clusters, signal } = this.#init;
    this.#broken = null;
    this.#sent = 0;
    this.#stream = await milvus.openReplicateStream(
      clusters,
      {
        confirmed: (tick) => this.#confirm(tick),
        ended: (error) => {
          // Between two deliveries nothing is lost with it: the next one opens another.
          if (this.#waiting.length === 0) return this.#drop();
          this.#broken = error;
          this.#wake();
        },
      },
      { signal },
    );
  }

  /** @throws BackupError when the stream ends */
  async #untilConfirmed(): Promise<void> {
    const { signal } = this.#init;
    while (this.#waiting.length > 0) {
      if (this.#broken) throw this.#broken;
      throwIfAborted(signal);
      this.#fill();
      const before = this.#applied;
      await this.#pause(askAfter);
      const silent = this.#applied === before && this.#broken === null && !signal.aborted;
      // A slow one, or one that has passed over what it had.
      if (silent && this.#waiting.length > 0) await this.#ask();
    }
  }

  #fill(): void {
    for (; this.#sent < Math.min(window, this.#waiting.length); this.#sent++) {
      const next = this.#waiting[this.#sent];
      if (next) this.#stream?.send(next.message);
    }
  }

  #confirm(tick: bigint): void {
    if (tick > this.#applied) this.#applied = tick;
    const left = this.#waiting.findIndex((one) => one.tick > tick);
    const done = left < 0 ? this.#waiting.length : left;
    this.#waiting.splice(0, done);
    this.#sent = Math.max(0, this.#sent - done);
    this.#fill();
    if (this.#waiting.length === 0) this.#wake();
  }

  async #ask(): Promise<void> {
    const { milvus, clusters, channel, signal } = this.#init;
    const { sourceClusterId, targetClusterId } = clusters;
    const target = targetChannelOf(channel, sourceClusterId, targetClusterId);
    this.#confirm(await milvus.replicateCheckpoint({ sourceClusterId, channel: target }, { signal }));
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#broken || this.#waiting.length === 0 || this.#init.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #drop(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#sent = 0;
  }

  #explain(failure: BackupError): BackupError {
    const { channel, clusters } = this.#init;
    return new BackupError({
      code: failure.code,
      message: `the secondary does not take messages of channel ${channel}: ${failure.message}`,
      remedy:
        `make the target the secondary of ${clusters.sourceClusterId} (UpdateReplicateConfiguration, with ${clusters.targetClusterId} as ` +
        'its own id) and compare both ids with common.clusterPrefix of the two clusters',
      cause: failure,
      details: { channel, ...clusters },
    });
  }
}

/** Refusals of a right, a call or an argument stay what they are. */
const lasting = new Set<BackupError['code']>([
  'MILVUS_AUTH',
  'MILVUS_UNSUPPORTED',
  'CONFIG_INVALID',
  'INTERNAL',
]);

const mayPass = ({ code, details }: BackupError): boolean =>
  !lasting.has(code) && details.grpcStatus !== invalidArgument;

/** gRPC: the header `cluster-id` is missing or empty. */
const invalidArgument = 3;
