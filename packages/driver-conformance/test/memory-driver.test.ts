import { createMemoryDriver, type MemoryStore } from '@milvus-backup/core/driver';
import { driverConformance } from '../src/index.js';

const full: MemoryStore = new Map();
driverConformance('memory driver', (bucket) =>
  createMemoryDriver({ store: full, bucket, createBucket: false }),
);

const bare: MemoryStore = new Map();
driverConformance('memory driver without abilities', (bucket) =>
  createMemoryDriver({ store: bare, bucket, createBucket: false, capabilities: {} }),
);
