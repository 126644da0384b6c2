export { createMilvusGateway } from './create-gateway.js';
export { effectiveVersion, featuresOf, newestVersion, parseMilvusVersion } from './features.js';
export type {
  CollectionRef,
  CreateCollectionInput,
  CreateIndexInput,
  DescribedCollection,
  FlushCall,
  FlushTicket,
  ImportInput,
  ImportJobInput,
  ImportState,
  LoadInput,
  MilvusCall,
  MilvusFeatures,
  MilvusGateway,
  MilvusServerInfo,
  SegmentFacts,
} from './gateway.js';
export type {
  BackupCalls,
  FieldLogs,
  FlushAllTicket,
  MilvusManagement,
  SegmentLogs,
  SegmentPlace,
} from './gateway-backup.js';
export { createManagementClient } from './management.js';
export type { MilvusGatewayDeps, MilvusTarget } from './session.js';
