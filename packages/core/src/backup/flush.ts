import { BackupError, isBackupError, sleep, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import { groupBy } from '../group-by.js';
import type { Logger } from '../log.js';
import type { CollectionMeta } from '../meta/types.js';
import type { FlushTicket, MilvusGateway } from '../milvus/gateway.js';
import type { FlushAllTicket } from '../milvus/gateway-backup.js';
import { runAll } from '../transfer/run-all.js';

/** Collections in one Flush call; a bound for the size of its answer, far above what one call needs to pay off. */
const flushBatch = 200;
const pollsAtOnce = 16;
const flushTries = 10;
/** Refusals in a row, about a minute, of the question whether a flush is done; the Go tool bears any number. */
const refusalsBorne = 60;
/** A flush that takes longer than this (milliseconds) is told to the user, again each time it has passed. */
const patience = 60_000;
/** Milliseconds of waiting after which it is asked whether the collection is still the one whose flush is waited for. */
const glance = 10_000;

/** A collection as far as a flush is concerned. */
export type Flushed = Pick<
  CollectionMeta,
  'collection_id' | 'db_name' | 'collection_name' | 'virtual_channel_names'
>;

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
      const some = names.slice(at, at + flushBatch);
      const taken = await tryOften(() => milvus.flush(database, some, { channels, signal }), logger, signal);
      for (const [collection, ticket] of taken) tickets.set(nameKey({ database, collection }), ticket);
    }
  }
  await runAll(
    collections,
    pollsAtOnce,
    async ({ collection_id, db_name, collection_name }, inner) => {
      const at = { database: db_name, collection: collection_name };
      const ticket = tickets.get(nameKey(at));
      if (!ticket) return;
      let refusals = 0;
      const isFlushed = async (): Promise<boolean> => {
        try {
          const flushed = await milvus.isFlushed(at, ticket, { signal: inner });
          refusals = 0;
          return flushed;
        } catch (error) {
          throwUnlessPassing(error);
          if (++refusals >= refusalsBorne) throw error;
          logger.warn(
            { ...at, reason: toBackupError(error).message },
            'Milvus does not tell whether it has flushed',
          );
          return false;
        }
      };
      await waitUntil(isFlushed, at, logger, inner, async () => {
        const present = await milvus.describeCollection(at, { signal: inner });
        if (present.collectionId !== collection_id) throw madeAnew(at);
      });
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
  const ticket = await tryOften(() => milvus.flushEverything({ signal }), logger, signal);
  await waitUntil(() => milvus.isEverythingFlushed(ticket, { signal }), {}, logger, signal);
  return ticket;
}

/** A flush that Milvus refuses without a reason of its own, as amid a failover, is asked for again, as by the Go tool. */
async function tryOften<T>(
  flush: () => Promise<T>,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let left = flushTries, pause = 200; ; left--, pause = Math.min(pause * 2, 3_000)) {
    try {
      return await flush();
    } catch (error) {
      if (left <= 1) throw error;
      throwUnlessPassing(error);
      logger.warn({ reason: toBackupError(error).message }, 'a flush was refused; it is asked for again');
      await sleep(pause, signal);
    }
  }
}

/** What is gone, forbidden, unknown or aborted stays so; connections have been tried often enough. */
function throwUnlessPassing(error: unknown): void {
  if (!isBackupError(error) || error.code !== 'MILVUS_ERROR') throw error;
}

/**
 * @param subject for messages
 * @param assertThere asked now and then, for a flush of what is gone may never end
 */
async function waitUntil(
  isFlushed: () => Promise<boolean>,
  subject: object,
  logger: Logger,
  signal: AbortSignal,
  assertThere: () => Promise<void> = async () => {},
): Promise<void> {
  let waited = 0;
  for (let pause = 50; !(await isFlushed()); pause = Math.min(pause * 1.5, 1_000)) {
    await sleep(pause, signal);
    const before = waited;
    waited += pause;
    if (Math.floor(waited / glance) > Math.floor(before / glance)) await assertThere();
    if (Math.floor(waited / patience) > Math.floor(before / patience)) {
      const waitedSeconds = Math.round(waited / 1000);
      logger.warn({ ...subject, waitedSeconds }, 'still waiting for Milvus to flush');
    }
  }
}

/** The collection of that name is another one now. */
function madeAnew({ database, collection }: CollectionName): BackupError {
  return new BackupError({
    code: 'COLLECTION_NOT_FOUND',
    message: `collection ${database}.${collection} was dropped and made again while it was flushed`,
    remedy: 'run the command again; --on-missing retry takes the new one, skip leaves such collections out',
    details: { database, collection },
  });
}
