import { throwIfAborted, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { Logger } from '../log.js';
import type { MilvusGateway, SegmentFacts } from '../milvus/gateway.js';
import type { SegmentLogs } from '../milvus/gateway-backup.js';
import { runAll } from '../transfer/run-all.js';

const segmentsAtOnce = 8;

interface Asked {
  readonly at: CollectionName;
  readonly collectionId: bigint;
  readonly facts: readonly SegmentFacts[];
}

/**
 * The logs that Milvus names for each segment; one that is missing here is to be taken as its folder is, as on servers before
 * 2.5.8. What Milvus refuses is no failure, as in the Go tool: a segment that was compacted meanwhile still has its files.
 * @throws BackupError `CANCELLED`
 */
export async function readSegmentLogs(
  milvus: MilvusGateway,
  { at, collectionId, facts }: Asked,
  logger: Logger,
  signal: AbortSignal,
): Promise<ReadonlyMap<bigint, SegmentLogs>> {
  const told = new Map<bigint, SegmentLogs>();
  const { features } = await milvus.serverInfo({ signal });
  if (!features.restSegmentDetails) return told;
  let useless = false;
  await runAll(
    facts,
    segmentsAtOnce,
    async ({ id }, inner) => {
      if (useless) return;
      try {
        told.set(id, await milvus.describeSegment({ at, collectionId, segmentId: id }, { signal: inner }));
      } catch (cause) {
        throwIfAborted(inner);
        const { code, message } = toBackupError(cause);
        // The next segment would get the same answer; each costs a time of waiting.
        if (useless) return;
        useless = code !== 'MILVUS_ERROR';
        logger.warn(
          { collection: nameKey(at), segment: String(id), code, reason: message },
          'Milvus does not name the logs of a segment: its folder in the bucket is listed',
        );
      }
    },
    signal,
  );
  return told;
}
