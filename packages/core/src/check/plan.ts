import { counted } from '../counted.js';
import type { StorageDriver } from '../driver/driver.js';
import type { CollectionName } from '../filter/types.js';
import {
  type LogKind,
  milvusCollectionFolder,
  parseMilvusDeltaKey,
  parseMilvusInsertKey,
} from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CheckPlan, CheckTotals } from '../service-types.js';
import { runAll } from '../transfer/run-all.js';
import { type CheckRun, OutOfTime } from './check-run.js';
import { bytesText, type Finding, failed, ok, skipped, warning } from './finding.js';

const countedAtOnce = 8;
/** Milliseconds; a bucket of millions of objects takes longer to list, and gives a partial plan. */
const planTimeout = 30_000;

type Totals = { -readonly [K in keyof CheckTotals]: number };

const nothing = (): Totals => ({ collections: 0, segments: 0, objects: 0, bytes: 0 });

export interface PlanInput {
  readonly milvus: MilvusGateway;
  readonly collections: readonly CollectionName[];
  readonly driver: StorageDriver;
  /** Root path of Milvus in its bucket. */
  readonly root: string;
  /** Bytes free where the backups go; `null` when it cannot be told. */
  readonly freeBytes: (() => Promise<number>) | null;
  /** Where that is, for messages. */
  readonly backupPlace: string;
}

/** Counts what a `create` of everything would move, and tells it: a line for all, one for each database, one for the room. */
export async function checkPlan(run: CheckRun, input: PlanInput): Promise<CheckPlan | null> {
  const byDatabase = new Map<string, Totals>();
  const unflushed = { segments: 0 };
  let complete = true;
  const all = await run.probe(
    'plan.create',
    async () => {
      try {
        await run.limited((signal) => countAll(input, byDatabase, unflushed, signal), planTimeout);
      } catch (error) {
        if (!(error instanceof OutOfTime)) throw error;
        complete = false;
      }
      const sum = sumOf(byDatabase);
      const open =
        unflushed.segments > 0
          ? `; rows of ${unflushed.segments} growing segments are flushed first and come on top`
          : '';
      return complete
        ? ok(`would move ${totalsText(sum)}${open}`)
        : ok(
            `would move at least ${totalsText(sum)}; counting stopped after ${planTimeout / 1000} s, with ${sum.collections} of ${input.collections.length} collections`,
          );
    },
    { timeout: planTimeout + 10_000, severity: 'warning' },
  );
  if (all.status !== 'ok') return null;
  const databases = [...byDatabase]
    .map(([name, totals]) => ({ name, ...totals }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, ...totals } of databases) run.tell(`plan.database.${name}`, ok(totalsText(totals)));
  const sum = sumOf(byDatabase);
  let freeBytes: number | null = null;
  await run.probe(
    'plan.space',
    async () => {
      if (input.freeBytes === null) return skipped('only a directory tells how much room it has');
      freeBytes = await input.freeBytes();
      return judgeSpace(freeBytes, sum.bytes, input.backupPlace);
    },
    { severity: 'warning' },
  );
  return { ...sum, databases, complete, freeBytes };
}

function judgeSpace(free: number, needed: number, place: string): Finding {
  const message = `${bytesText(free)} free in ${place}, ${bytesText(needed)} needed`;
  if (free < needed) return failed(message, 'free room, or set backup.storage.rootPath to a larger disk');
  return free < needed * 1.1
    ? warning(message, 'metadata and rows that come meanwhile need some room, too')
    : ok(message);
}

async function countAll(
  input: PlanInput,
  byDatabase: Map<string, Totals>,
  unflushed: { segments: number },
  signal: AbortSignal,
): Promise<void> {
  await runAll(
    input.collections,
    countedAtOnce,
    async (at, inner) => {
      const [{ collectionId }, facts] = await Promise.all([
        input.milvus.describeCollection(at, { signal: inner }),
        input.milvus.listSegments(at, { signal: inner }),
      ]);
      const wanted = new Set(
        facts.filter((fact) => fact.state === 'Flushed' || fact.state === 'Flushing').map((fact) => fact.id),
      );
      unflushed.segments += facts.filter((fact) => fact.state === 'Growing' && fact.rows > 0).length;
      const files = wanted.size === 0 ? nothing() : await countFiles(input, collectionId, wanted, inner);
      const totals = byDatabase.get(at.database) ?? nothing();
      byDatabase.set(at.database, totals);
      totals.collections += 1;
      totals.segments += wanted.size;
      totals.objects += files.objects;
      totals.bytes += files.bytes;
    },
    signal,
  );
}

async function countFiles(
  { driver, root }: PlanInput,
  collection: bigint,
  wanted: ReadonlySet<bigint>,
  signal: AbortSignal,
): Promise<Totals> {
  const totals = nothing();
  const count = async (kind: LogKind): Promise<void> => {
    const parse = kind === 'insert' ? parseMilvusInsertKey : parseMilvusDeltaKey;
    for await (const entry of driver.list(milvusCollectionFolder(root, kind, collection), { signal })) {
      if (entry.type !== 'object') continue;
      const ids = parse(entry.key);
      if (ids === null || !wanted.has(ids.segment)) continue;
      totals.objects += 1;
      totals.bytes += entry.size;
    }
  };
  await Promise.all([count('insert'), count('delta')]);
  return totals;
}

function sumOf(byDatabase: ReadonlyMap<string, CheckTotals>): Totals {
  const sum = nothing();
  for (const totals of byDatabase.values()) {
    sum.collections += totals.collections;
    sum.segments += totals.segments;
    sum.objects += totals.objects;
    sum.bytes += totals.bytes;
  }
  return sum;
}

function totalsText({ collections, segments, objects, bytes }: CheckTotals): string {
  return `${counted(collections, 'collection')}, ${counted(segments, 'segment')}, ${counted(objects, 'object')}, ${bytesText(bytes)}`;
}
