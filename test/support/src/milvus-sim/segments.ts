import { primaryKey } from './schema.js';
import { readDeletesOf, segmentKeys, writeDeletes, writeSegment } from './segment-files.js';
import type { Collection, DeleteRecord, Segment, Value } from './types.js';
import { allPartitions, isForPartition, type World } from './world.js';

type SegmentInit = Pick<Segment, 'partitionId' | 'channel' | 'level' | 'state'> & {
  readonly storageVersion?: number;
};

export function makeSegment(world: World, init: SegmentInit): Segment {
  return {
    ...init,
    id: world.clock.nextId(),
    storageVersion: init.storageVersion ?? world.storageVersion,
    columns: new Map(),
    rowIds: [],
    timestamps: [],
    insertLogs: [],
    deltaLogs: [],
  };
}

export function newSegment(world: World, collection: Collection, init: SegmentInit): Segment {
  const segment = makeSegment(world, init);
  collection.segments.set(segment.id, segment);
  return segment;
}

export function growingSegment(
  world: World,
  collection: Collection,
  partitionId: bigint,
  channel: string,
): Segment {
  for (const segment of collection.segments.values()) {
    if (segment.state === 'growing' && segment.partitionId === partitionId && segment.channel === channel)
      return segment;
  }
  return newSegment(world, collection, { partitionId, channel, level: 'data', state: 'growing' });
}

export function dataSegments(collection: Collection): readonly Segment[] {
  return [...collection.segments.values()].filter(({ level }) => level === 'data');
}

/** The text by which deletes name a key. */
export function keyText(value: Value | undefined): string {
  return String(value ?? '');
}

/** Whether a row is still there. Build one per query: it indexes the deletes. */
export function createLiveness(
  collection: Collection,
): (partition: bigint, key: string, timestamp: bigint) => boolean {
  const latest = new Map<string, bigint>();
  for (const { key, timestamp, partitionId } of collection.deletes) {
    const name = `${partitionId}/${key}`;
    if (timestamp > (latest.get(name) ?? 0n)) latest.set(name, timestamp);
  }
  return (partition, key, timestamp) =>
    (latest.get(`${allPartitions}/${key}`) ?? 0n) <= timestamp &&
    (latest.get(`${partition}/${key}`) ?? 0n) <= timestamp;
}

/** Seals what is growing and writes it, then the deletes that are not in the store yet. Gives the ids that were sealed. */
export async function flushCollection(world: World, collection: Collection): Promise<readonly bigint[]> {
  const growing = dataSegments(collection).filter(({ state }) => state === 'growing');
  // Sealed at once, so that rows that come while the files are written go to a new segment.
  for (const segment of growing) segment.state = 'flushed';
  for (const segment of growing) await writeSegment(world, collection, segment);
  const deletes = collection.deletes.filter(({ flushed }) => !flushed);
  for (const one of deletes) one.flushed = true;
  if (deletes.length > 0) {
    await (world.version.l0Segments
      ? writeL0(world, collection, deletes)
      : writeDeltas(world, collection, deletes));
  }
  return growing.map(({ id }) => id);
}

async function writeL0(
  world: World,
  collection: Collection,
  deletes: readonly DeleteRecord[],
): Promise<void> {
  const groups = new Map<string, DeleteRecord[]>();
  for (const one of deletes) {
    const name = `${one.partitionId}/${one.channel}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { partitionId, channel } = first;
    const segment = newSegment(world, collection, {
      partitionId,
      channel,
      level: 'l0',
      state: 'flushed',
      storageVersion: 0,
    });
    await writeDeletes(world, collection, segment, group);
  }
}

/** Before 2.4 a delete goes to every segment that has its key. */
async function writeDeltas(
  world: World,
  collection: Collection,
  deletes: readonly DeleteRecord[],
): Promise<void> {
  const keyField = primaryKey(collection.schema).fieldID;
  for (const segment of dataSegments(collection)) {
    const keys = new Set((segment.columns.get(keyField) ?? []).map(keyText));
    const own = deletes.filter(
      (one) => keys.has(one.key) && isForPartition(one.partitionId, segment.partitionId),
    );
    if (own.length > 0) await writeDeletes(world, collection, segment, own);
  }
}

/**
 * What background compaction does, on demand: the segments of each partition and channel become one without the deleted
 * rows. The old ones leave the list at once, their files when garbage is collected.
 */
export async function compactCollection(world: World, collection: Collection): Promise<void> {
  await flushCollection(world, collection);
  const old = [...collection.segments.values()];
  const isAlive = createLiveness(collection);
  const keyField = primaryKey(collection.schema).fieldID;
  const merged = new Map<string, Segment>();
  for (const source of old) {
    if (source.level !== 'data') continue;
    const { partitionId, channel } = source;
    const name = `${partitionId}/${channel}`;
    const target =
      merged.get(name) ??
      newSegment(world, collection, { partitionId, channel, level: 'data', state: 'flushed' });
    merged.set(name, target);
    const keys = source.columns.get(keyField) ?? [];
    const rows = source.timestamps.flatMap((time, row) =>
      isAlive(partitionId, keyText(keys[row]), time) ? [row] : [],
    );
    appendRows(target, source, rows);
  }
  for (const target of merged.values()) {
    if (target.timestamps.length === 0) collection.segments.delete(target.id);
    else await writeSegment(world, collection, target);
  }
  for (const segment of old) collection.segments.delete(segment.id);
  collection.deletes = [];
  await world.garbage.add(
    collection.id,
    old.flatMap((segment) => segmentKeys(world, collection, segment)),
  );
}

/** Copies rows; fields that one of the two lacks become null. */
export function appendRows(
  target: Segment,
  source: Pick<Segment, 'columns' | 'timestamps' | 'rowIds'>,
  rows: readonly number[],
): void {
  const before = target.timestamps.length;
  for (const id of new Set([...target.columns.keys(), ...source.columns.keys()])) {
    const values = target.columns.get(id) ?? Array.from({ length: before }, () => null);
    const from = source.columns.get(id);
    for (const row of rows) values.push(from?.[row] ?? null);
    target.columns.set(id, values);
  }
  for (const row of rows) {
    target.timestamps.push(source.timestamps[row] ?? 0n);
    target.rowIds.push(source.rowIds[row] ?? 0n);
  }
}

/** Deletes of an L0 segment that came with an import, up to the end that it names. */
export async function adoptL0(
  world: World,
  collection: Collection,
  partitionId: bigint,
  keys: readonly string[],
  endTs?: bigint,
): Promise<number> {
  const deletes = (await readDeletesOf(world, keys))
    .filter(({ timestamp }) => endTs === undefined || timestamp <= endTs)
    .map(
      (one): DeleteRecord => ({
        ...one,
        partitionId,
        channel: collection.virtualChannels[0] ?? '',
        flushed: true,
      }),
    );
  if (deletes.length === 0) return 0;
  collection.deletes.push(...deletes);
  await writeL0(world, collection, deletes);
  return deletes.length;
}
