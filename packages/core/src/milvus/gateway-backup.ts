import type { CollectionRef, MilvusCall } from './gateway.js';

/** Calls that only a backup needs, on servers that have them. They fail as those of `MilvusGateway`. */
export interface BackupCalls {
  /** Flushes all collections of all databases; resolves when the call is taken. For servers with `bulkFlush`. */
  flushEverything(call?: MilvusCall): Promise<FlushAllTicket>;
  /** Whether everything up to the ticket is in the store. */
  isEverythingFlushed(ticket: FlushAllTicket, call?: MilvusCall): Promise<boolean>;
  /** The logs of one segment. For servers with `restSegmentDetails`. */
  describeSegment(input: SegmentPlace, call?: MilvusCall): Promise<SegmentLogs>;
  /** Where the replication channel stands. For servers with `replicateMessage`. */
  replicatePosition(channel: string, call?: MilvusCall): Promise<string>;
}

export interface FlushAllTicket {
  /** By physical channel: base64 of common.ImmutableMessage. */
  readonly messages: Readonly<Record<string, string>>;
  /** TSO by physical channel: what has to be in the store. */
  readonly timestamps: Readonly<Record<string, bigint>>;
  /** TSO of the whole; of use where no channel tells its own. */
  readonly timestamp: bigint;
  readonly controlChannel: string;
  readonly physicalChannels: readonly string[];
}

export interface SegmentPlace {
  readonly at: CollectionRef;
  readonly collectionId: bigint;
  readonly segmentId: bigint;
}

/** Ids of the log files of a segment, by field (with StorageV2 by column group). */
export interface SegmentLogs {
  readonly vChannel: string;
  readonly insert: readonly FieldLogs[];
  readonly delta: readonly FieldLogs[];
}

export interface FieldLogs {
  readonly field: bigint;
  readonly logs: readonly bigint[];
}

/** Milvus's management port. Plain HTTP without authentication. */
export interface MilvusManagement {
  /**
   * Stops the removal of old files in the whole server.
   * @throws BackupError `MILVUS_UNSUPPORTED` where the server has no such call (404)
   */
  pauseGc(seconds: number, call?: MilvusCall): Promise<void>;
  resumeGc(call?: MilvusCall): Promise<void>;
  /** The same of one collection, for servers with `collectionGc`; gives the ticket to resume with, which may be empty. */
  pauseCollectionGc(collectionId: bigint, seconds: number, call?: MilvusCall): Promise<string>;
  resumeCollectionGc(ticket: string, call?: MilvusCall): Promise<void>;
  /** The keys of an encrypted database, sealed by the server. */
  encryptionKeys(database: string, call?: MilvusCall): Promise<string>;
}
