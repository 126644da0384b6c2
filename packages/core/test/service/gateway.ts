import { BackupError } from '../../src/errors/index.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';

const methods = [
  'serverInfo',
  'listDatabases',
  'describeDatabase',
  'createDatabase',
  'dropDatabase',
  'alterDatabase',
  'listCollections',
  'hasCollection',
  'describeCollection',
  'createCollection',
  'dropCollection',
  'addField',
  'alterCollection',
  'createAlias',
  'dropAlias',
  'loadState',
  'partitionLoadState',
  'listReplicas',
  'load',
  'loadProgress',
  'release',
  'listPartitions',
  'hasPartition',
  'createPartition',
  'listIndexes',
  'createIndex',
  'dropIndex',
  'flush',
  'isFlushed',
  'listSegments',
  'rowCount',
  'partitionRowCount',
  'query',
  'startImport',
  'startImportJob',
  'importState',
  'backupRbac',
  'restoreRbac',
  'flushEverything',
  'isEverythingFlushed',
  'describeSegment',
  'replicatePosition',
  'createSnapshot',
  'describeSnapshot',
  'dropSnapshot',
  'exportSnapshot',
  'exportState',
  'restoreSnapshot',
  'restoreState',
  'findSnapshotRestore',
  'deleteCollectionProperties',
  'deleteFieldParams',
  'deleteIndexParams',
  'close',
] as const satisfies readonly (keyof MilvusGateway)[];

/**
 * A Milvus that answers the given calls and no others, so that a test sees every call it did not expect. What a real one answers
 * is tested in `gateway.integration.test.ts` of e2e.
 */
export function makeGateway(answers: Partial<MilvusGateway>): MilvusGateway {
  const refuse = (name: string) => (): never => {
    throw new BackupError({ code: 'INTERNAL', message: `this test expects no call of ${name}` });
  };
  const refusals = Object.fromEntries(methods.map((name) => [name, refuse(name)]));
  return { ...(refusals as unknown as MilvusGateway), outages: () => 0, ...answers };
}
