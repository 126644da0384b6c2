import {
  connectMilvus,
  flushCollection,
  insertRows,
  type MilvusServer,
  type Row,
} from '@milvus-backup/test-support';
import { DataType } from '@zilliz/milvus2-sdk-node';

type Client = Awaited<ReturnType<typeof connectMilvus>>;

const dim = 128;

/** What to make: `small` collections of one segment each, and one of several segments. */
export interface DataPlan {
  readonly small: number;
  readonly rowsPerSmall: number;
  /** Segments of the collection `many`; each is one insert and one flush. */
  readonly segments: number;
  readonly rowsPerSegment: number;
}

/** @returns names of the collections; about 550 bytes of binlog a row */
export async function makeData(server: MilvusServer, plan: DataPlan): Promise<string[]> {
  const client = await connectMilvus(server);
  try {
    const names: string[] = [];
    for (let index = 0; index < plan.small; index++) {
      const name = `bench_${String(index).padStart(3, '0')}`;
      await makeCollection(client, name);
      await insertRows(client, { collection: name }, rows(0, plan.rowsPerSmall), { batchSize: 5_000 });
      names.push(name);
    }
    if (plan.segments > 0) {
      await makeCollection(client, 'many');
      for (let segment = 0; segment < plan.segments; segment++) {
        const first = segment * plan.rowsPerSegment;
        await insertRows(client, { collection: 'many' }, rows(first, plan.rowsPerSegment), {
          batchSize: 5_000,
        });
        await flushCollection(client, { collection: 'many' });
      }
      names.push('many');
    }
    return names;
  } finally {
    await client.closeConnection();
  }
}

async function makeCollection(client: Client, name: string): Promise<void> {
  const status = await client.createCollection({
    collection_name: name,
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'vector', data_type: DataType.FloatVector, dim },
    ],
  });
  if (status.error_code !== 'Success') throw new Error(`create ${name}: ${status.reason}`);
}

/** Values that do not compress well, from the row number alone. */
function* rows(first: number, count: number): Generator<Row> {
  for (let index = first; index < first + count; index++) {
    const vector = Array.from({ length: dim }, (_, at) => Math.sin(index * dim + at * at));
    yield { id: String(index), vector };
  }
}
