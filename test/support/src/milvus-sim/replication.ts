/** One message of the source's log as it came over a stream. */
export interface ReplicatedMessage {
  readonly id: { readonly id: string; readonly WAL_name: number } | null;
  readonly payload: Buffer;
  readonly properties: Readonly<Record<string, string>>;
}

/** What a test sees of a replication, and can tell it to do wrong. */
export interface Replication {
  /** Messages that were written, in order; what is passed over is not among them. */
  readonly messages: readonly ReplicatedMessage[];
  /** Messages that were passed over, since the channel was further already. */
  readonly passedOver: readonly ReplicatedMessage[];
  /** Broadcasts whose effect failed; Milvus would try them again for ever. */
  readonly failures: readonly string[];
  /** Time tick of the last message by physical channel of this cluster. */
  readonly checkpoints: ReadonlyMap<string, bigint>;
  /** Breaks all streams after so many more messages; the last of them is written, and not confirmed. */
  cutAfter(messages: number): void;
  /** Takes every message twice, as when a sender has lost the confirmation. */
  duplicate(): void;
  /** Milliseconds before a message is confirmed, and again before it has its effect. */
  slowDown(milliseconds: number): void;
}

/** What the simulator itself keeps. */
export interface ReplicationState extends Replication {
  readonly messages: ReplicatedMessage[];
  readonly passedOver: ReplicatedMessage[];
  readonly failures: string[];
  readonly checkpoints: Map<string, bigint>;
  /** Channels of each broadcast that has not come on all of its channels, by its id. */
  readonly pending: Map<string, Set<string>>;
  /** Counts a message; whether the stream is to break after it. */
  takeCut(): boolean;
  readonly twice: boolean;
  readonly delay: number;
}

export function createReplication(): ReplicationState {
  let cut: number | undefined;
  const state = { twice: false, delay: 0 };
  return {
    messages: [],
    passedOver: [],
    failures: [],
    checkpoints: new Map(),
    pending: new Map(),
    cutAfter(messages) {
      cut = messages;
    },
    duplicate() {
      state.twice = true;
    },
    slowDown(milliseconds) {
      state.delay = milliseconds;
    },
    takeCut() {
      if (cut === undefined) return false;
      cut -= 1;
      if (cut > 0) return false;
      cut = undefined;
      return true;
    },
    get twice() {
      return state.twice;
    },
    get delay() {
      return state.delay;
    },
  };
}
