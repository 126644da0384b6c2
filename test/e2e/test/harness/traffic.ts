import type { Fixture, Row } from '@milvus-backup/test-support';
import type { MilvusClient, RowData } from '@zilliz/milvus2-sdk-node';

const kinds = ['insert', 'delete', 'query', 'search'] as const;
type Kind = (typeof kinds)[number];

export interface TrafficReport {
  readonly counts: Readonly<Record<Kind, number>>;
  /** What Milvus answered where it did not succeed. */
  readonly failures: readonly string[];
}

/** Users of one collection, all at once. */
export interface Traffic {
  /** Ends after the calls under way; a second call gives the same report. */
  stop(): Promise<TrafficReport>;
}

/** Rows per insert; every second batch is deleted again. */
const batch = 20;

/**
 * Inserts rows beyond those of the fixture, deletes some of these, queries and searches, in a loop per kind of
 * call. Resolves when each has been answered once. The collection is loaded.
 */
export async function startTraffic(client: MilvusClient, fixture: Fixture): Promise<Traffic> {
  const where = { collection_name: fixture.collection, db_name: fixture.db };
  const counts: Record<Kind, number> = { insert: 0, delete: 0, query: 0, search: 0 };
  const failures: string[] = [];
  // Another run over the same collection takes other keys.
  let next = fixture.rows + Math.floor(performance.now()) * batch;
  const inserted: Row[][] = [];

  const calls: Record<Kind, () => Promise<{ readonly error_code?: unknown; readonly reason?: string }>> = {
    async insert() {
      const rows = Array.from({ length: batch }, () => fixture.row(next++));
      const { status } = await client.insert({ ...where, data: rows as RowData[] });
      inserted.push(rows);
      return status;
    },
    async delete() {
      const rows = inserted.shift() ?? [];
      const keys = rows.slice(0, batch / 2).map((row) => String(row.id));
      if (keys.length === 0) keys.push('-1');
      return (await client.delete({ ...where, filter: `id in [${keys.join(',')}]` })).status;
    },
    async query() {
      const answer = await client.query({ ...where, filter: 'medium > 0', output_fields: ['id'], limit: 10 });
      return answer.status;
    },
    async search() {
      const data = fixture.row(0).vector as number[];
      return (await client.search({ ...where, data, limit: 5, output_fields: ['id'] })).status;
    },
  };

  let stopped = false;
  const one = async (kind: Kind): Promise<void> => {
    try {
      const status = await calls[kind]();
      if (status.error_code !== 'Success') failures.push(`${kind}: ${status.reason}`);
    } catch (error) {
      failures.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
    counts[kind]++;
  };
  const loop = async (kind: Kind): Promise<void> => {
    while (!stopped) await one(kind);
  };
  for (const kind of kinds) await one(kind);
  for (const kind of kinds) counts[kind] = 0;
  const loops = Promise.all(kinds.map(loop));
  return {
    async stop() {
      stopped = true;
      await loops;
      return { counts, failures };
    },
  };
}
