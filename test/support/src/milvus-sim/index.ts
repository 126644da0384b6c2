export type { RecordedCall } from './calls.js';
export type { Faults } from './faults.js';
export { createMemoryStore, type ObjectStore } from './object-store.js';
export type { ReplicatedMessage, Replication } from './replication.js';
export { type MilvusSim, type MilvusSimOptions, type SimPlace, startMilvusSim } from './start-milvus-sim.js';
