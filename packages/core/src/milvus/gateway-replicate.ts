import type { BackupError } from '../errors/index.js';
import type { CollectionRef, ImportState, MilvusCall } from './gateway.js';

/** Both ends of a replication, by the ids that Milvus was configured with. */
export interface ReplicatedClusters {
  readonly sourceClusterId: string;
  readonly targetClusterId: string;
}

/** `common.ImmutableMessage`, a message of the write-ahead log as the source has it. */
export interface LogMessage {
  readonly id: { readonly id: string; readonly WAL_name: number } | null;
  readonly payload: Uint8Array;
  readonly properties: Readonly<Record<string, string>>;
}

export interface ReplicateEvents {
  /** The target has written the message of this time tick; all before it on the same channel as well. */
  confirmed(tick: bigint): void;
  /** Once; nothing else comes afterwards. What was sent and not confirmed may have been written or not. */
  ended(error: BackupError): void;
}

export interface ReplicateStream {
  send(message: LogMessage): void;
  /** Ends it without a word to {@link ReplicateEvents}. */
  close(): void;
}

/** An import that a replicated message has asked for. */
export interface ReplicatedImport extends ImportState {
  /**
   * Milvus's own word: `Uncommitted` waits for a commit message, which servers without two-phase imports never do. Empty where the
   * server does not know the job: it makes it some time after it has confirmed the message.
   */
  readonly state: string;
}

/** Calls that only a restore into a secondary needs, for Milvus 2.6.11 and newer. They fail as those of `MilvusGateway`. */
export interface ReplicateCalls {
  /**
   * How far a channel of the target has been replicated to: the time tick of the source's last message; 0 when there is none.
   * @param channel physical channel of the target
   */
  replicateCheckpoint(
    input: { readonly sourceClusterId: string; readonly channel: string },
    call?: MilvusCall,
  ): Promise<bigint>;
  openReplicateStream(
    clusters: ReplicatedClusters,
    events: ReplicateEvents,
    call?: MilvusCall,
  ): Promise<ReplicateStream>;
  replicatedImport(at: CollectionRef, jobId: bigint, call?: MilvusCall): Promise<ReplicatedImport>;
}
