import { DataType, type MilvusClient, promisify } from '@zilliz/milvus2-sdk-node';

export interface RawStatus {
  readonly error_code: string;
  readonly code: number;
  readonly reason: string;
}

/** An answer with whatever status; the SDK makes `{}` of a call that the server does not know. */
export type RawAnswer = { readonly status?: RawStatus } & Readonly<Record<string, unknown>>;

/** One RPC past all checks. Of answers that are a status alone, that is the status. */
export async function ask(client: MilvusClient, method: string, request: object): Promise<RawAnswer> {
  const answer: RawAnswer & Partial<RawStatus> = await promisify(client.channelPool, method, request, 60_000);
  if (answer.status !== undefined || answer.error_code === undefined) return answer;
  const { error_code, code = 0, reason = '' } = answer;
  return { status: { error_code, code, reason } };
}

/** Numbers by which a client tells failures apart. */
export async function codesOf(
  client: MilvusClient,
  method: string,
  request: object,
): Promise<object | undefined> {
  const { status } = await ask(client, method, request);
  return status === undefined ? undefined : { code: status.code, error_code: status.error_code };
}

export const success = { code: 0, error_code: 'Success' };

/** What the contract works on: a text field, an array, dynamic fields. */
export const contractFields = [
  { name: 'id', data_type: DataType.Int64, is_primary_key: true },
  { name: 'tiny', data_type: DataType.Int8 },
  { name: 'text', data_type: DataType.VarChar, max_length: 64 },
  {
    name: 'tags',
    data_type: DataType.Array,
    element_type: DataType.VarChar,
    max_capacity: 8,
    max_length: 16,
  },
  { name: 'vector', data_type: DataType.FloatVector, dim: 4 },
] as const;

export async function createContractCollection(client: MilvusClient, name: string): Promise<void> {
  await client.createCollection({
    collection_name: name,
    fields: contractFields.map((field) => ({ ...field })),
    enable_dynamic_field: true,
    shards_num: 2,
    consistency_level: 'Bounded',
    properties: { 'collection.ttl.seconds': 864000 },
  });
}

export function contractRows(from: number, to: number): Record<string, never>[] {
  const rows = Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    return {
      id: String(9_007_199_254_740_993n + BigInt(id)),
      tiny: (id % 256) - 128,
      text: `ключ ${id}`,
      tags: id % 3 === 0 ? [] : [`a${id}`, 'b'],
      vector: [id, 0.5, -1, 2],
      extra: { of: id },
    };
  });
  return rows as unknown as Record<string, never>[];
}
