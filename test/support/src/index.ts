export { cacheFolder } from './environment.js';
export type { Fault, Injection, Match, SeenRequest } from './faults/fault.js';
export {
  allFixtures,
  documentsFixture,
  emptyFixture,
  expiringFixture,
  type FixtureSize,
  generatedFixture,
  keyedFixture,
  partitionedFixture,
  scalarsFixture,
} from './fixtures/catalogue.js';
export {
  type Comparison,
  compareCollections,
  type Digest,
  digestCollection,
} from './fixtures/compare-collections.js';
export { createAllFixtures, createFixture } from './fixtures/create-fixture.js';
export type { ReadRow } from './fixtures/decode-rows.js';
export {
  type CollectionRef,
  countLiveRows,
  type Fixture,
  type FixtureField,
  type FixtureIndex,
  type Row,
  type RowValue,
} from './fixtures/fixture.js';
export { flushCollection } from './fixtures/flush.js';
export { type InsertOptions, insertRows } from './fixtures/insert-rows.js';
export { callRaw } from './fixtures/raw-call.js';
export { countRows, type ReadOptions, readRows } from './fixtures/read-rows.js';
export { type ConnectOptions, connectMilvus } from './milvus-client.js';
export {
  createMemoryStore,
  type Faults,
  type MilvusSim,
  type MilvusSimOptions,
  type ObjectStore,
  type RecordedCall,
  type ReplicatedMessage,
  type Replication,
  type SimPlace,
  startMilvusSim,
} from './milvus-sim/index.js';
export { freePort, freePorts, releasePorts } from './ports/free-ports.js';
export {
  type AzuriteAccount,
  type AzuriteOptions,
  type AzuriteServer,
  startAzurite,
} from './servers/azurite.js';
export { type BackupTarget, writeBackupYaml } from './servers/backup-yaml.js';
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './servers/fault-proxy.js';
export { type GcsOptions, type GcsServer, startGcs } from './servers/gcs.js';
export {
  type MilvusOptions,
  type MilvusS3Storage,
  type MilvusServer,
  startMilvus,
} from './servers/milvus.js';
export type { ConfigTree, MilvusStorage } from './servers/milvus-config.js';
export { type S3Options, type S3Server, startS3 } from './servers/s3.js';
export { type Stack, type StackOptions, startStack } from './servers/stack.js';
export { SupportError, type SupportErrorCode } from './support-error.js';
export { type TempDir, tempDir } from './temp-dir.js';
export { type Certificate, makeCertificate } from './tls/self-signed.js';
export { ensureAzurite } from './tools/azurite.js';
export { ensureFakeGcs, gcsAvailable } from './tools/fake-gcs.js';
export { ensureNode24 } from './tools/node24.js';
export { ensurePython, pymilvusRequirements } from './tools/python-environment.js';
export {
  ensureMilvus,
  ensureRclone,
  ensureSeaweedFs,
  ensureTools,
  type MilvusInstallation,
} from './tools/tools.js';
export {
  type CloudCall,
  type CloudJob,
  startZillizCloud,
  type ZillizCloud,
  type ZillizCloudOptions,
} from './zilliz-cloud/index.js';
