import type { MilvusManagement } from '../../src/milvus/gateway-backup.js';

/** A management port that takes every call; what a real one answers is tested in e2e. */
export function makeManagement(answers: Partial<MilvusManagement> = {}): MilvusManagement {
  return {
    pauseGc: async () => {},
    resumeGc: async () => {},
    pauseCollectionGc: async (collectionId) => `ticket-${collectionId}`,
    resumeCollectionGc: async () => {},
    encryptionKeys: async (database) => `keys-of-${database}`,
    ...answers,
  };
}
