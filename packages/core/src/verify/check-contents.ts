import { throwIfAborted } from '../errors/index.js';
import { groupBy } from '../group-by.js';
import { runAll } from '../transfer/run-all.js';
import type { CollectionState, LiveLog } from './check-collection.js';
import { type Claim, type ContentProofs, claimsOf, Sums } from './content-proofs.js';
import { decodeSegment } from './decode-segment.js';
import { readWhole, streamObject } from './read-object.js';
import { reaches, type VerifyRun } from './verify-run.js';

/** Segments decoded at once: each holds one binlog and its values. */
const decodedAtOnce = 2;

/** What the objects of a collection hold, as far as the level goes. */
export async function checkContents(
  run: VerifyRun,
  state: CollectionState,
  proofs: ContentProofs,
): Promise<void> {
  if (!reaches(run, 'checksum')) return;
  run.onProgress({
    objectsTotal: state.logs.length,
    bytesTotal: state.logs.reduce((sum, log) => sum + log.info.size, 0),
  });
  const decodes = reaches(run, 'decode');
  const [read, others]: [LiveLog[], LiveLog[]] = [[], []];
  for (const log of state.logs) {
    const wanted = reaches(run, 'read') && run.chosen(decodes ? segmentOf(log.path) : log.path);
    (wanted ? read : others).push(log);
  }
  const done = (log: LiveLog): void => run.onProgress({ objectsDone: 1, bytesDone: log.info.size });
  await runAll(
    others,
    run.concurrency,
    async (log, signal) => {
      await compareStored(run, state, log, proofs, signal);
      done(log);
    },
    run.signal,
  );
  if (!decodes) {
    await runAll(
      read,
      run.concurrency,
      async (log, signal) => {
        await proveStream(run, state, log, proofs, claimsOf(log.told, log.info), signal);
        done(log);
      },
      run.signal,
    );
    return;
  }
  await runAll(
    groupBy(read, (log) => segmentOf(log.path)).values(),
    decodedAtOnce,
    (logs, signal) =>
      decodeSegment(run, state, logs, {
        signal,
        readProven: async (log) => {
          throwIfAborted(signal);
          const claims = claimsOf(log.told, log.info);
          const sums = await Sums.open(claims);
          const bytes = await readWhole(run, log, sums, signal);
          const good =
            bytes !== null && proofs.judge(claims, sums, { key: log.path, collection: state.name });
          done(log);
          return good ? bytes : null;
        },
      }),
    run.signal,
  );
}

/** The partition and segment of a log, without what tells inserts from deletes. */
function segmentOf(path: string): string {
  const [, kind = '', ...rest] = path.split('/');
  return rest.slice(0, kind === 'insert_log' ? -2 : -1).join('/');
}

/** What the store tells of an object against the manifest. What is not settled by that is settled by reading. */
async function compareStored(
  run: VerifyRun,
  state: CollectionState,
  log: LiveLog,
  proofs: ContentProofs,
  signal: AbortSignal,
): Promise<void> {
  const { told, info } = log;
  if (!told) return;
  if (told.etag !== undefined && told.etag === info.etag) return run.findings.count({ checksums: 1 });
  const stored = await askChecksum(run, log, signal);
  if (told.checksum && stored && told.checksum.algorithm === stored.algorithm) {
    if (told.checksum.value === stored.value) return run.findings.count({ checksums: 1 });
    return run.findings.problem({
      kind: 'checksum',
      key: log.path,
      message: `its content is not what was stored: the store's ${stored.algorithm} differs from the manifest`,
      collection: state.name,
    });
  }
  if (told.etag === undefined || info.etag === undefined) return;
  // Written again, which a move of the whole folder does, too.
  // What the store says now comes along: where it holds, the etags of the store are sums, and those of the manifest were.
  const claims = claimsOf(told, info);
  if (claimsOf(told, {}).length > 0) return await proveStream(run, state, log, proofs, claims, signal);
  run.findings.warn(`${log.path} was written again since the backup; --decode tells what it holds`);
}

/** Listings seldom carry checksums. */
async function askChecksum(
  run: VerifyRun,
  { told, info }: LiveLog,
  signal: AbortSignal,
): Promise<LiveLog['info']['checksum']> {
  const { checksum } = run.driver.capabilities;
  if (info.checksum || checksum === undefined || told?.checksum?.algorithm !== checksum) return info.checksum;
  return (await run.driver.head(info.key, { signal }))?.checksum;
}

async function proveStream(
  run: VerifyRun,
  state: CollectionState,
  log: LiveLog,
  proofs: ContentProofs,
  claims: readonly Claim[],
  signal: AbortSignal,
): Promise<void> {
  const sums = await Sums.open(claims);
  if (await streamObject(run, log, (chunk) => sums.update(chunk), signal)) {
    proofs.judge(claims, sums, { key: log.path, collection: state.name });
  }
}
