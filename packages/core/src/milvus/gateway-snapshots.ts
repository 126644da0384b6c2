import type { CollectionRef, MilvusCall } from './gateway.js';

/** Snapshots of collections, for servers with `snapshot`. They fail as the calls of `MilvusGateway`. */
export interface SnapshotCalls {
  /** Holds the files of the collection as they are, against compaction and garbage collection. A name that is there is refused. */
  createSnapshot(at: CollectionRef, name: string, call?: MilvusCall): Promise<void>;
  describeSnapshot(at: CollectionRef, name: string, call?: MilvusCall): Promise<SnapshotFacts>;
  /** One that is not there, or whose collection is not, is no error. */
  dropSnapshot(at: CollectionRef, name: string, call?: MilvusCall): Promise<void>;
  /** Asks Milvus to write a snapshot to a place; it goes on by itself. */
  exportSnapshot(
    at: CollectionRef,
    name: string,
    place: SnapshotPlace,
    call?: MilvusCall,
  ): Promise<SnapshotExport>;
  exportState(jobId: string, call?: MilvusCall): Promise<ExportState>;
  /** Asks for a collection made of an exported snapshot; the URI is that of its metadata. Gives the job's id. */
  restoreSnapshot(at: CollectionRef, metadata: SnapshotPlace, call?: MilvusCall): Promise<string>;
  /** A job that Milvus does not know, or has forgotten, has failed. */
  restoreState(jobId: string, call?: MilvusCall): Promise<SnapshotRestoreState>;
  /** The job that makes, or has made, this collection; the latest of several. `null`: Milvus knows of none. */
  findSnapshotRestore(at: CollectionRef, call?: MilvusCall): Promise<string | null>;

  deleteCollectionProperties(at: CollectionRef, keys: readonly string[], call?: MilvusCall): Promise<void>;
  deleteFieldParams(
    at: CollectionRef,
    field: string,
    keys: readonly string[],
    call?: MilvusCall,
  ): Promise<void>;
  deleteIndexParams(
    at: CollectionRef,
    index: string,
    keys: readonly string[],
    call?: MilvusCall,
  ): Promise<void>;
}

export interface SnapshotFacts {
  /** TSO. */
  readonly createTimestamp: bigint;
}

/** Where Milvus writes or reads. */
export interface SnapshotPlace {
  readonly uri: string;
  /** How Milvus gets in, as JSON with secrets in it; empty: as into its own store. */
  readonly externalSpec: string;
}

/** Early builds of 3.0 answer when all is written, later ones with a job. */
export type SnapshotExport =
  | { readonly jobId: string; readonly metadataUri?: never }
  | { readonly jobId?: never; readonly metadataUri: string };

export interface ExportState {
  readonly status: 'running' | 'completed' | 'failed';
  /** 0–100. */
  readonly percent: number;
  readonly totalFiles: number;
  /** Of a completed one. */
  readonly totalBytes: number;
  readonly metadataUri: string;
  readonly reason: string;
}

export interface SnapshotRestoreState {
  readonly status: 'running' | 'completed' | 'failed';
  /** 0–100. */
  readonly percent: number;
  readonly reason: string;
}
