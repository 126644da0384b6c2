import {
  documentsFixture,
  type Fixture,
  generatedFixture,
  keyedFixture,
  partitionedFixture,
  scalarsFixture,
} from '@milvus-backup/test-support';

/**
 * Five collections: HNSW-indexed float vectors over every scalar type in a database of their own, varchar keys with JSON,
 * arrays, binary vectors and dynamic fields, explicit partitions, a partition key, and ids that Milvus makes. Some rows
 * of them are deleted again.
 * @param rows in all
 */
export function demoFixtures(rows: number): Fixture[] {
  const share = (part: number): { rows: number; seed: number } => ({
    rows: Math.round(rows * part),
    seed: 42,
  });
  return [
    scalarsFixture({ ...share(0.3), db: 'shop' }),
    documentsFixture(share(0.2)),
    partitionedFixture(share(0.2)),
    keyedFixture(share(0.2)),
    generatedFixture(share(0.1)),
  ];
}
