import pRetry from 'p-retry';
import { BackupError, cancelled, isBackupError } from '../errors/index.js';
import { fullNameOf, nameOf, type Open, optionsOf } from './calls.js';
import type { FlushCall, FlushTicket, MilvusCall, MilvusGateway } from './gateway.js';
import type { ResponseOf } from './messages.js';
import type { Session } from './session.js';

type SegmentCalls = Pick<MilvusGateway, 'flush' | 'isFlushed' | 'listSegments' | 'rowCount'>;

const positionType = 'milvus.proto.msg.MsgPosition';

/** By `SegmentState`. */
const segmentStates = [
  'None',
  'NotExist',
  'Growing',
  'Sealed',
  'Flushed',
  'Flushing',
  'Dropped',
  'Importing',
];

/** `SegmentLevel` of segments that hold nothing but deletes. */
const level0 = 1;

export function createSegmentCalls(open: Open): SegmentCalls {
  return {
    async flush(database, collections, call) {
      if (collections.length === 0) return new Map();
      const session = await open(call);
      const answer = await session.call(
        'Flush',
        { collection_names: collections },
        {
          database,
          collection: collections.length === 1 ? collections[0] : undefined,
          signal: call?.signal,
        },
      );
      const channels = await channelsOf(session, database, collections, answer, call);
      return new Map(
        collections.map((name) => [name, ticketOf(session, name, answer, channels.get(name) ?? [])]),
      );
    },

    async isFlushed(at, ticket, call) {
      const session = await open(call);
      const answer = await session.call(
        'GetFlushState',
        {
          ...nameOf(at),
          segmentIDs: ticket.segmentIds.map(String),
          flush_ts: String(ticket.flushTimestamp),
        },
        optionsOf(at, call),
      );
      return answer.flushed;
    },

    async listSegments(at, call) {
      const session = await open(call);
      const { infos } = await askForSegments(
        () =>
          session.call('GetPersistentSegmentInfo', { collectionName: at.collection }, optionsOf(at, call)),
        call,
      );
      return infos.map((info) => ({
        id: BigInt(info.segmentID),
        partitionId: BigInt(info.partitionID),
        rows: Number(info.num_rows),
        state: segmentStates[info.state] ?? String(info.state),
        isL0: info.level === level0,
        storageVersion: BigInt(info.storage_version),
      }));
    },

    async rowCount(at, call) {
      const session = await open(call);
      const { stats } = await session.call('GetCollectionStatistics', fullNameOf(at), optionsOf(at, call));
      const rows = stats.find(({ key }) => key === 'row_count')?.value;
      if (rows !== undefined) return Number(rows);
      throw new BackupError({
        code: 'MILVUS_ERROR',
        message: `Milvus gave no row count of collection ${at.database}.${at.collection}`,
      });
    },
  };
}

/** The server reads ids and segments in two steps; one compacted between them fails the whole call. As often as the Go tool. */
async function askForSegments<T>(ask: () => Promise<T>, call: MilvusCall | undefined): Promise<T> {
  const signal = call?.signal;
  try {
    return await pRetry(ask, {
      retries: 49,
      minTimeout: 50,
      maxTimeout: 400,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error }) => isBackupError(error) && error.code === 'MILVUS_ERROR',
    });
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw error;
  }
}

/** Checkpoints come for all collections together: the channels of each tell whose they are. */
async function channelsOf(
  session: Session,
  database: string,
  collections: readonly string[],
  answer: ResponseOf<'Flush'>,
  call: FlushCall | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const told = Object.keys(answer.channel_cps);
  const [first] = collections;
  if (told.length === 0 || first === undefined) return new Map();
  if (collections.length === 1) return new Map([[first, told]]);
  return new Map(
    await Promise.all(
      collections.map(async (collection) => {
        const known = call?.channels?.get(collection);
        if (known) return [collection, known] as const;
        const at = { database, collection };
        const { virtual_channel_names } = await session.call(
          'DescribeCollection',
          nameOf(at),
          optionsOf(at, call),
        );
        return [collection, virtual_channel_names] as const;
      }),
    ),
  );
}

function ticketOf(
  session: Session,
  collection: string,
  answer: ResponseOf<'Flush'>,
  channels: readonly string[],
): FlushTicket {
  const checkpoints = channels.flatMap((channel) => {
    const position = answer.channel_cps[channel];
    return position ? [{ channel, position }] : [];
  });
  return {
    segmentIds: (answer.coll_segIDs[collection]?.data ?? []).map(BigInt),
    flushTimestamp: BigInt(answer.coll_flush_ts[collection] ?? 0),
    sealTime: BigInt(answer.coll_seal_times[collection] ?? 0),
    channelCheckpoints: Object.fromEntries(
      checkpoints.map(({ channel, position }) => [
        channel,
        session.encode(positionType, position).toString('base64'),
      ]),
    ),
    checkpointTimestamp: checkpoints
      .map(({ position }) => BigInt(position.timestamp))
      .reduce((latest, timestamp) => (timestamp > latest ? timestamp : latest), 0n),
  };
}
