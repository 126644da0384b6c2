import { BackupError } from '../errors/index.js';
import type { CollectionRef, MilvusCall } from './gateway.js';
import type { RpcOptions } from './rpc-client.js';
import type { Session } from './session.js';

/** Gives the open session, connecting first when there is none. */
export type Open = (call: MilvusCall | undefined) => Promise<Session>;

/**
 * How messages name a collection: as those of the Go tool, whose database is told by the header `dbname` alone (Milvus fills the
 * field from it).
 */
export function nameOf(at: CollectionRef): { collection_name: string } {
  return { collection_name: at.collection };
}

/** The same for calls that the Go tool does not make: not every version of Milvus reads the header for all of them. */
export function fullNameOf(at: CollectionRef): { db_name: string; collection_name: string } {
  return { db_name: at.database, collection_name: at.collection };
}

export function optionsOf(at: CollectionRef, call: MilvusCall | undefined): RpcOptions {
  return { database: at.database, collection: at.collection, signal: call?.signal };
}

/** For calls that answer "no" where others fail. */
export function collectionNotFound(at: CollectionRef): BackupError {
  return new BackupError({
    code: 'COLLECTION_NOT_FOUND',
    message: `Milvus knows no collection ${at.database}.${at.collection}`,
    remedy: 'check the name of the collection and of its database',
    details: { database: at.database, collection: at.collection },
  });
}
