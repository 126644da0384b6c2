import { sleep } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { Logger } from '../log.js';
import type { MilvusGateway, SegmentFacts } from '../milvus/gateway.js';

/** Milliseconds that segments get to settle; Milvus needs one or two rounds of a loop. */
const patience = 60_000;

/**
 * The segments whose files are all written. Milvus calls a collection flushed while some of its segments are still `Flushing`:
 * their files are there, and a loop of the server settles them one by one. Those are waited for, and taken even when they do
 * not settle, since they hold rows from before the backup. Segments in other states hold newer rows and half-written files.
 */
export async function settledSegments(
  milvus: MilvusGateway,
  at: CollectionName,
  logger: Logger,
  signal: AbortSignal,
): Promise<SegmentFacts[]> {
  let facts = await milvus.listSegments(at, { signal });
  const flushing = new Set(facts.filter((one) => one.state === 'Flushing').map((one) => one.id));
  for (
    let waited = 0, pause = 50;
    flushing.size > 0 && waited < patience;
    pause = Math.min(pause * 1.5, 1_000)
  ) {
    await sleep(pause, signal);
    waited += pause;
    facts = await milvus.listSegments(at, { signal });
    const still = new Set(facts.filter((one) => one.state === 'Flushing').map((one) => one.id));
    for (const id of flushing) if (!still.has(id)) flushing.delete(id);
  }
  if (flushing.size > 0) {
    logger.warn(
      { collection: nameKey(at), segments: [...flushing].map(String) },
      'Milvus has not settled these flushed segments; they are backed up as they are',
    );
  }
  return facts.filter((one) => flushing.has(one.id) || !unwritten.has(one.state));
}

/**
 * Known to hold newer rows, or to be no segments of the collection. The Go tool takes segments of every state: one that is not told,
 * or not known here, is no reason to lose rows.
 */
const unwritten = new Set(['NotExist', 'Growing', 'Sealed', 'Flushing', 'Dropped', 'Importing']);
