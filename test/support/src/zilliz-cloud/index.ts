export type { StoreRequest } from './lent-store.js';
export {
  type CloudCall,
  type CloudJob,
  startZillizCloud,
  type ZillizCloud,
  type ZillizCloudOptions,
} from './start-zilliz-cloud.js';
