import { sleep } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import { groupBy } from '../group-by.js';
import type { Logger } from '../log.js';
import type { CollectionMeta } from '../meta/types.js';
import type { FlushTicket, MilvusGateway } from '../milvus/gateway.js';
import type { FlushAllTicket } from '../milvus/gateway-backup.js';
import { runAll } from '../transfer/run-all.js';

/** Collections in one Flush call; a bound for the size of its answer, far above what one call needs to pay off. */
const flushBatch = 200;
const pollsAtOnce = 16;
/** A flush that takes longer than this (milliseconds) is told to the user, again each time it has passed. */
const patience = 60_000;

/** A collection as far as a flush is concerned. */
export type Flushed = Pick<CollectionMeta, 'db_name' | 'collection_name' | 'virtual_channel_names'>;

/**
 * Makes Milvus write to its store all that was inserted and deleted before the call: one Flush per database, for many
 * collections at once, then waits for each. There is no time limit, as in the Go tool; the signal ends it.
 * @returns tickets by `database.collection`
 */
export async function flushAll(
  milvus: MilvusGateway,
  collections: readonly Flushed[],
  logger: Logger,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FlushTicket>> {
  const tickets = new Map<string, FlushTicket>();
  for (const [database, own] of groupBy(collections, (one) => one.db_name)) {
    const channels = new Map(own.map((one) => [one.collection_name, one.virtual_channel_names]));
    const names = [...channels.keys()];
    for (let at = 0; at < names.length; at += flushBatch) {
      const taken = await milvus.flush(database, names.slice(at, at + flushBatch), { channels, signal });
      for (const [collection, ticket] of taken) tickets.set(nameKey({ database, collection }), ticket);
    }
  }
  await runAll(
    collections,
    pollsAtOnce,
    async ({ db_name, collection_name }, inner) => {
      const at = { database: db_name, collection: collection_name };
      const ticket = tickets.get(nameKey(at));
      if (!ticket) return;
      await waitUntil(() => milvus.isFlushed(at, ticket, { signal: inner }), at, logger, inner);
    },
    signal,
  );
  return tickets;
}

/** The same of the whole server in one call, as Milvus 2.6.11 and newer have it; its positions are those of the channels. */
export async function flushServer(
  milvus: MilvusGateway,
  logger: Logger,
  signal: AbortSignal,
): Promise<FlushAllTicket> {
  const ticket = await milvus.flushEverything({ signal });
  await waitUntil(() => milvus.isEverythingFlushed(ticket, { signal }), {}, logger, signal);
  return ticket;
}

/** @param subject for messages */
async function waitUntil(
  isFlushed: () => Promise<boolean>,
  subject: object,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let waited = 0;
  for (let pause = 50; !(await isFlushed()); pause = Math.min(pause * 1.5, 1_000)) {
    await sleep(pause, signal);
    const before = waited;
    waited += pause;
    if (Math.floor(waited / patience) > Math.floor(before / patience)) {
      const waitedSeconds = Math.round(waited / 1000);
      logger.warn({ ...subject, waitedSeconds }, 'still waiting for Milvus to flush');
    }
  }
}
