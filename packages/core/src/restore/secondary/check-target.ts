import gte from 'semver/functions/gte.js';
import { BackupError, toBackupError } from '../../errors/index.js';
import { nameKey } from '../../filter/index.js';
import { effectiveVersion } from '../../milvus/features.js';
import { runAll } from '../../transfer/run-all.js';
import { sourceName } from '../plan-targets.js';
import { targetChannelOf } from './channels.js';
import type { FlushPoint } from './flush-points.js';
import type { SecondaryRun } from './secondary-run.js';

/** The first Milvus that takes what is sent. */
const leastVersion = '2.6.11';
const askedAtOnce = 16;

const reset =
  'a restore into a secondary is for a new one: make the target a primary by itself again, drop what is in it, and make it a secondary ' +
  'anew; then restore';

/** @throws BackupError `MILVUS_UNSUPPORTED` */
export async function checkVersion({ milvus, signal }: SecondaryRun): Promise<void> {
  const { version } = await milvus.serverInfo({ signal });
  if (gte(effectiveVersion([version]), leastVersion)) return;
  throw new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: `restore secondary needs Milvus ${leastVersion} or newer, this one is ${version}`,
    remedy: `upgrade the target to Milvus ${leastVersion} or newer; restore without secondary works with older ones`,
    details: { milvusVersion: version },
  });
}

/**
 * How far the target has come on each channel of the source. Nothing may be there already but what an earlier try at this restore has
 * sent: Milvus would pass over the rest without a word.
 * @param lastTick of the messages that the earlier try can have sent; 0 when there was none
 * @throws BackupError `TARGET_EXISTS`
 */
export async function readCheckpoints(
  { request, meta, milvus, signal }: SecondaryRun,
  flushes: ReadonlyMap<string, FlushPoint>,
  lastTick: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const { sourceClusterId, targetClusterId } = request;
  const ticks = new Map<string, bigint>();
  await runAll(
    meta.physical_channel_names,
    askedAtOnce,
    async (source, inner) => {
      const channel = targetChannelOf(source, sourceClusterId, targetClusterId);
      const asked = { sourceClusterId, channel };
      const tick = await milvus.replicateCheckpoint(asked, { signal: inner }).catch((error: unknown) => {
        throw noSecondary(error, request);
      });
      const ours = lastTick > 0n && (tick <= lastTick || tick === flushes.get(source)?.tick);
      if (tick > 0n && !ours) throw alreadyReplicated(channel, tick);
      ticks.set(source, tick);
    },
    signal,
  );
  return ticks;
}

/**
 * @param databases of the target: of a collection in another one, newer servers do not like to be asked
 * @throws BackupError `TARGET_EXISTS` for a collection of the backup that the target has
 */
export async function checkCollections(
  { meta, milvus, signal }: SecondaryRun,
  databases: readonly string[],
): Promise<void> {
  await runAll(
    meta.collection_backups,
    askedAtOnce,
    async (collection, inner) => {
      const at = sourceName(collection);
      if (!databases.includes(at.database) || !(await milvus.hasCollection(at, { signal: inner }))) return;
      throw new BackupError({
        code: 'TARGET_EXISTS',
        message: `collection already exist, database ${at.database} collection ${at.collection}`,
        remedy: `${nameKey(at)} is in the target: ${reset}`,
        details: { database: at.database, collection: at.collection },
      });
    },
    signal,
  );
}

/** Milvus refuses the question when it is a primary, and for channels that it does not know. */
function noSecondary(
  error: unknown,
  { sourceClusterId, targetClusterId }: SecondaryRun['request'],
): BackupError {
  const failure = toBackupError(error);
  if (failure.code !== 'MILVUS_ERROR') return failure;
  return new BackupError({
    code: 'MILVUS_ERROR',
    message: `the target does not act as the secondary ${targetClusterId} of ${sourceClusterId}: ${failure.message}`,
    remedy:
      'configure the replication on the target first (UpdateReplicateConfiguration), and give both ids as it has them',
    cause: failure,
    details: { ...failure.details, sourceClusterId, targetClusterId },
  });
}

function alreadyReplicated(channel: string, tick: bigint): BackupError {
  return new BackupError({
    code: 'TARGET_EXISTS',
    message: `the target has a replicate checkpoint already: channel ${channel} stands at ${tick}`,
    remedy: reset,
    details: { channel, checkpoint: String(tick) },
  });
}
