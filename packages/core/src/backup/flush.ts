import { sleep } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import { groupBy } from '../group-by.js';
import type { Logger } from '../log.js';
import type { FlushTicket, MilvusGateway } from '../milvus/gateway.js';
import { runAll } from '../transfer/run-all.js';

/** Collections in one Flush call; a bound for the size of its answer, far above what one call needs to pay off. */
const flushBatch = 200;
const pollsAtOnce = 16;
/** A flush that takes longer than this (milliseconds) is told to the user, again each time it has passed. */
const patience = 60_000;

/**
 * Makes Milvus write to its store all that was inserted and deleted before the call: one Flush per database, for many
 * collections at once, then waits for each. There is no time limit, as in the Go tool; the signal ends it.
 * @returns tickets by `database.collection`
 */
export async function flushAll(
  milvus: MilvusGateway,
  collections: readonly CollectionName[],
  logger: Logger,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FlushTicket>> {
  const tickets = new Map<string, FlushTicket>();
  for (const [database, own] of groupBy(collections, (at) => at.database)) {
    const names = own.map((at) => at.collection);
    for (let at = 0; at < names.length; at += flushBatch) {
      const taken = await milvus.flush(database, names.slice(at, at + flushBatch), { signal });
      for (const [collection, ticket] of taken) tickets.set(nameKey({ database, collection }), ticket);
    }
  }
  await runAll(
    collections,
    pollsAtOnce,
    async (at, inner) => {
      const ticket = tickets.get(nameKey(at));
      if (ticket) await waitUntilFlushed(milvus, at, ticket, logger, inner);
    },
    signal,
  );
  return tickets;
}

async function waitUntilFlushed(
  milvus: MilvusGateway,
  at: CollectionName,
  ticket: FlushTicket,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let waited = 0;
  for (
    let pause = 50;
    !(await milvus.isFlushed(at, ticket, { signal }));
    pause = Math.min(pause * 1.5, 1_000)
  ) {
    await sleep(pause, signal);
    const before = waited;
    waited += pause;
    if (Math.floor(waited / patience) > Math.floor(before / patience)) {
      logger.warn({ ...at, waitedSeconds: Math.round(waited / 1000) }, 'still waiting for Milvus to flush');
    }
  }
}
