import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { GetOptions, StorageDriver } from '../driver/driver.js';
import { isBackupError, toBackupError } from '../errors/index.js';
import { type CheckRun, reasonOf } from './check-run.js';
import { type Finding, failed, ok, seconds, skipped, warning } from './finding.js';
import type { ProbeArea } from './probe-area.js';
import type { StoreGroup } from './store-access.js';

/** Bytes of the small probes, and of the one that takes several parts (drivers send parts of 8 MiB by default). */
const smallSize = 1024;
const partedSize = 9 * 1024 * 1024;
/** Milliseconds for that one, over a slow line. */
const partedTimeout = 60_000;
/** Milliseconds that the clocks may differ: told, and near the quarter of an hour at which signatures are refused. */
const skewTold = 30_000;
const skewFatal = 12 * 60_000;

export interface WrittenProbe {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** What comes after `write` in a store that can be written. */
const afterWrite = [
  'read',
  'ranged-read',
  'list-after-write',
  'server-side-copy',
  'multipart',
  'batch-delete',
  'clock',
];

/** Probes of a store of backups: everything is needed. @returns the probe that is there now, `null` when none could be written */
export async function checkBackupStore(
  run: CheckRun,
  area: ProbeArea,
  now: () => number,
): Promise<WrittenProbe | null> {
  const group = 'backup-storage';
  const written = await checkWrite(run, group, area, 'failed');
  if (written === null) {
    run.skip(group, [...afterWrite, 'conditional-put'], 'nothing can be written');
    return null;
  }
  await Promise.all([
    checkWritten(run, group, area, written, now, 'failed'),
    run.probe(`${group}.conditional-put`, (signal) => tryConditionalPut(area, signal)),
  ]);
  return written;
}

/** Probes of Milvus's own store: reading is needed, writing only to stage what is to be imported. */
export async function checkMilvusStore(
  run: CheckRun,
  area: ProbeArea,
  sample: { readonly key: string; readonly size: number } | null,
  now: () => number,
): Promise<WrittenProbe | null> {
  const group = 'milvus-storage';
  const written = await checkWrite(run, group, area, 'warning');
  if (written !== null) {
    await checkWritten(run, group, area, written, now, 'warning');
    return written;
  }
  const why = 'nothing can be written';
  if (sample === null || sample.size === 0)
    run.skip(group, ['read', 'ranged-read'], `${why}, and nothing lies there to be read`);
  else {
    await run.probe(`${group}.read`, async (signal) => {
      await readBytes(area.driver, sample.key, { signal, range: { offset: 0, length: 1 } });
      return ok('an object of Milvus was read');
    });
    await run.probe(`${group}.ranged-read`, async (signal) => {
      const range = { offset: sample.size - 1, length: 1 };
      const { length } = await readBytes(area.driver, sample.key, { signal, range });
      return length === 1 ? ok('the last byte of an object was read by itself') : wrongRange(length, 1);
    });
  }
  run.skip(group, afterWrite.slice(2), why);
  return null;
}

async function checkWrite(
  run: CheckRun,
  group: StoreGroup,
  area: ProbeArea,
  severity: 'failed' | 'warning',
): Promise<WrittenProbe | null> {
  const probe = { key: area.key('written'), bytes: randomBytes(smallSize) };
  const { status } = await run.probe(
    `${group}.write`,
    async (signal) => {
      try {
        await area.driver.put(probe.key, probe.bytes, { size: smallSize, signal });
      } catch (error) {
        if (severity === 'failed' || toBackupError(error).code !== 'STORAGE_AUTH') throw error;
        return warning(
          `${reasonOf(error)}; a backup needs no more than reading here`,
          'to restore backups from another bucket, give these credentials the rights to write and delete below restore-temp-*',
        );
      }
      const info = await area.driver.head(probe.key, { signal });
      if (info?.size === smallSize) return ok(`an object of ${smallSize} bytes was written`);
      return {
        ...broken(
          `an object of ${smallSize} bytes is ${info === null ? 'not there' : `${info.size} bytes long`} after it was written`,
        ),
        status: severity,
      };
    },
    { severity },
  );
  return status === 'ok' ? probe : null;
}

async function checkWritten(
  run: CheckRun,
  group: StoreGroup,
  area: ProbeArea,
  written: WrittenProbe,
  now: () => number,
  severity: 'failed' | 'warning',
): Promise<void> {
  const { driver } = area;
  const { key, bytes } = written;
  const soft = { severity };
  // What is wrong with a store that is only staged in cannot keep a backup from being made.
  const graded = (finding: Finding): Finding =>
    finding.status === 'failed' ? { ...finding, status: severity } : finding;
  await Promise.all([
    run.probe(`${group}.read`, async (signal) => {
      const read = await readBytes(driver, key, { signal });
      return read.equals(bytes)
        ? ok('what was written was read')
        : broken('an object reads other than it was written');
    }),
    run.probe(`${group}.ranged-read`, async (signal) => {
      const read = await readBytes(driver, key, { signal, range: { offset: 100, length: 50 } });
      if (read.length !== 50) return wrongRange(read.length, 50);
      return read.equals(bytes.subarray(100, 150))
        ? ok('a part of an object was read by itself')
        : broken('a range of an object holds other bytes');
    }),
    run.probe(
      `${group}.list-after-write`,
      async (signal) => graded(await tryListing(area, key, signal)),
      soft,
    ),
    run.probe(`${group}.clock`, async (signal) => tryClock(area, now, signal), soft),
    run.probe(`${group}.server-side-copy`, (signal) => tryOwnCopy(area, written, signal), {
      severity: 'warning',
    }),
    run.probe(`${group}.multipart`, async (signal) => graded(await tryParts(area, signal)), {
      severity,
      timeout: partedTimeout,
    }),
    run.probe(`${group}.batch-delete`, async (signal) => graded(await tryDelete(area, signal)), soft),
  ]);
}

async function tryListing(area: ProbeArea, key: string, signal: AbortSignal): Promise<Finding> {
  const waited = await area.waitForListing((keys) => keys.has(key), signal);
  if (waited === 0) return ok('what was written is listed at once');
  return waited === null
    ? failed(
        'what was written is not listed',
        'every proof of a backup rests on listings: use a store that lists what was written at once, without a cache in front',
      )
    : warning(
        `what was written was listed only after ${seconds(waited)}`,
        'every proof of a backup rests on listings: a cache in front of the store, or a store that lists late, makes runs fail at random',
      );
}

/** Two write at once, one may win; a third comes too late. */
async function tryConditionalPut(area: ProbeArea, signal: AbortSignal): Promise<Finding> {
  const { driver } = area;
  const remedy =
    'two runs could write one backup at once: use a store with conditional writes (S3 and most stores like it have them), or a newer version of it';
  if (driver.capabilities.conditionalPut !== true) {
    return failed('the driver offers no conditional put, without which no backup can be made', remedy);
  }
  const key = area.key('contended');
  const bodies = [
    Buffer.from('first writer'),
    Buffer.from('second writer'),
    Buffer.from('late writer'),
  ] as const;
  const put = async (body: Uint8Array): Promise<boolean> => {
    try {
      await driver.put(key, body, { size: body.length, ifNoneMatch: '*', signal });
      return true;
    } catch (error) {
      if (isBackupError(error) && error.code === 'PRECONDITION_FAILED') return false;
      throw error;
    }
  };
  const won = await Promise.all([put(bodies[0]), put(bodies[1])]);
  const winners = won.filter(Boolean).length;
  if (winners === 0) return failed('of two writers of a new object, both were refused', remedy);
  if (winners > 1) return failed('two writers of a new object were both told that they were first', remedy);
  if (await put(bodies[2])) return failed('a conditional put replaced an object that was there', remedy);
  const kept = await readBytes(driver, key, { signal });
  return kept.equals(won[0] ? bodies[0] : bodies[1])
    ? ok('of two writers one wins, and stays')
    : failed('the object of a writer that won holds what another wrote', remedy);
}

async function tryClock(area: ProbeArea, now: () => number, signal: AbortSignal): Promise<Finding> {
  const { driver } = area;
  const key = area.key('clock');
  const before = now();
  await driver.put(key, Buffer.from('tick'), { size: 4, signal });
  const after = now();
  const told = (await driver.head(key, { signal }))?.lastModified?.getTime();
  if (told === undefined) return skipped('the store does not tell when an object was written');
  // Many stores tell whole seconds.
  const skew = told < before - 1_000 ? told - before : told > after + 1_000 ? told - after : 0;
  const size = Math.abs(skew);
  if (size <= skewTold)
    return ok(
      size < 2_000 ? 'agrees with ours' : `${seconds(size)} ${skew > 0 ? 'ahead of' : 'behind'} ours`,
    );
  const message = `the clock of the store is ${seconds(size)} ${skew > 0 ? 'ahead of' : 'behind'} ours`;
  const remedy = 'set both clocks by NTP; at 15 minutes stores refuse our signatures';
  return size >= skewFatal ? failed(message, remedy) : warning(message, remedy);
}

async function tryOwnCopy(
  area: ProbeArea,
  { key, bytes }: WrittenProbe,
  signal: AbortSignal,
): Promise<Finding> {
  const { driver } = area;
  if (driver.capabilities.serverSideCopy !== true) {
    return skipped('the driver offers none; objects pass through this process');
  }
  const copy = area.key('copied');
  await driver.copyFrom(driver, key, copy, { size: bytes.length, signal });
  const read = await readBytes(driver, copy, { signal });
  return read.equals(bytes)
    ? ok('the store copied an object by itself')
    : warning(
        'a copy that the store made holds other bytes',
        'set transfer.mode to streaming, and report it to the maker of the store',
      );
}

/** A body whose length nobody knows before, larger than one part. */
async function tryParts(area: ProbeArea, signal: AbortSignal): Promise<Finding> {
  const { driver } = area;
  const key = area.key('parted');
  const chunk = randomBytes(64 * 1024);
  await driver.put(key, repeat(chunk, partedSize / chunk.length), { signal });
  const info = await driver.head(key, { signal });
  if (info?.size !== partedSize)
    return broken(
      `an object of ${partedSize} bytes has ${info?.size ?? 'no'} bytes after an upload in parts`,
    );
  // Across the border of the first two parts.
  const offset = 8 * 1024 * 1024 - chunk.length / 2;
  const read = await readBytes(driver, key, { signal, range: { offset, length: chunk.length } });
  const half = chunk.length / 2;
  const expected = Buffer.concat([chunk.subarray(half), chunk.subarray(0, half)]);
  return read.equals(expected)
    ? ok('an object of unknown length was uploaded in parts')
    : broken('an upload in parts put the parts together wrong');
}

async function* repeat(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < times; i += 1) yield chunk;
}

async function tryDelete(area: ProbeArea, signal: AbortSignal): Promise<Finding> {
  const { driver } = area;
  const keys = ['gone-1', 'gone-2', 'gone-3'].map((name) => area.key(name));
  await Promise.all(keys.map((key) => driver.put(key, Buffer.from('x'), { size: 1, signal })));
  await driver.delete([...keys, area.key('never-there')], { signal });
  const infos = await Promise.all(keys.map((key) => driver.head(key, { signal })));
  const left = infos.filter((info) => info !== null).length;
  const remedy =
    'give the credentials the right to delete; look for a retention rule or object lock on the bucket';
  if (left > 0)
    return failed(`${left} of ${keys.length} objects are still there after they were deleted`, remedy);
  const waited = await area.waitForListing((listed) => !keys.some((key) => listed.has(key)), signal);
  if (waited === 0) {
    const batch = driver.capabilities.deleteBatchSize ?? 1;
    return ok(
      batch > 1
        ? `objects were deleted together, up to ${batch} in one request`
        : 'objects were deleted, one in a request',
    );
  }
  return warning(
    waited === null
      ? 'deleted objects are still listed'
      : `deleted objects were listed for ${seconds(waited)} more`,
    'a cache in front of the store, or a store that lists late, makes runs fail at random',
  );
}

export async function readBytes(driver: StorageDriver, key: string, options: GetOptions): Promise<Buffer> {
  const { body } = await driver.get(key, options);
  return await buffer(body);
}

const broken = (message: string): Finding =>
  failed(
    message,
    'look at what stands between here and the store (proxy, cache, gateway), and report it to the maker of the store',
  );

const wrongRange = (got: number, want: number): Finding =>
  broken(`a range of ${want} bytes came back with ${got}`);

/** Removes the probes and says so, also what checks that died have left. */
export async function cleanUp(area: ProbeArea, now: number, signal: AbortSignal): Promise<Finding> {
  try {
    const left = await area.clear(signal);
    if (left.length > 0) return leftBehind(area, `${left.length} objects`);
  } catch (error) {
    return leftBehind(area, reasonOf(error));
  }
  try {
    const { dead, fresh } = await area.findLeftovers(now, signal);
    await area.driver.delete(dead, { signal });
    const old = dead.length > 0 ? `, and ${dead.length} objects of earlier checks that died` : '';
    const other = fresh > 0 ? `; ${fresh} objects of another check that may still run were left alone` : '';
    return ok(`all probes were removed${old}${other}`);
  } catch (error) {
    // Not of this check, which has removed its own.
    return warning(
      `what earlier checks may have left could not be looked for, or removed: ${reasonOf(error)}`,
      `remove what lies under ${area.home} with a tool of the store`,
    );
  }
}

const leftBehind = (area: ProbeArea, what: string): Finding =>
  failed(
    `probes could not be removed: ${what}`,
    `remove what lies under ${area.prefix} with a tool of the store`,
  );
