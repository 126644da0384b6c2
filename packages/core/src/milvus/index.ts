export { createMilvusGateway } from './create-gateway.js';
export { effectiveVersion, featuresOf, newestVersion, parseMilvusVersion } from './features.js';
export type {
  CollectionRef,
  CreateCollectionInput,
  CreateIndexInput,
  DescribedCollection,
  FlushTicket,
  ImportInput,
  ImportState,
  LoadInput,
  MilvusCall,
  MilvusFeatures,
  MilvusGateway,
  MilvusManagement,
  MilvusServerInfo,
  SegmentFacts,
} from './gateway.js';
export { createManagementClient } from './management.js';
export type { MilvusGatewayDeps, MilvusTarget } from './session.js';
