import { type CollectionRef, compareCollections } from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { expect } from 'vitest';

/** A collection of one Milvus. */
export interface At extends CollectionRef {
  readonly client: MilvusClient;
}

/** Fails, with the first difference, unless both have the same rows, and at least one. */
export async function expectSameRows(source: At, target: At): Promise<void> {
  const result = await compareCollections(source.client, source, target.client, target);
  const where = `${source.db ?? 'default'}.${source.collection} and ${target.db ?? 'default'}.${target.collection}`;
  expect(result, where).toMatchObject({ equal: true });
  expect(result.sourceRows, where).toBeGreaterThan(0);
}
