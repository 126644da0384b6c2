import type { CollectionRef, MilvusCall } from './gateway.js';
import type { RpcOptions } from './rpc-client.js';
import type { Session } from './session.js';

/** Gives the open session, connecting first when there is none. */
export type Open = (call: MilvusCall | undefined) => Promise<Session>;

/** How messages name a collection. The header alone would do; the fields are for proxies that do not pass it on. */
export function nameOf(at: CollectionRef): { db_name: string; collection_name: string } {
  return { db_name: at.database, collection_name: at.collection };
}

export function optionsOf(at: CollectionRef, call: MilvusCall | undefined): RpcOptions {
  return { database: at.database, collection: at.collection, signal: call?.signal };
}
