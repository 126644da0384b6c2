import { createManagedDriver, createMemoryDriver, type MemoryStore } from '@milvus-backup/core/driver';
import { driverConformance } from '../src/index.js';

const store: MemoryStore = new Map();
driverConformance('managed memory driver', (bucket) =>
  createManagedDriver(createMemoryDriver({ store, bucket, createBucket: false })),
);
