import type { MilvusSection, ResolvedConfig } from '../config/types.js';
import type { Logger } from '../log.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { MilvusManagement } from '../milvus/gateway-backup.js';
import type { OpenDriver } from '../stores.js';
import type { RunIdentity } from '../task/record-store.js';

/** What the service is made of; `openService` fills it for a real process. */
export interface ServiceDeps {
  readonly config: ResolvedConfig;
  readonly logger: Logger;
  readonly identity: RunIdentity;
  readonly openDriver: OpenDriver;
  readonly openMilvus: (section: MilvusSection) => MilvusGateway;
  readonly openManagement: (endpoint: string) => MilvusManagement;
  readonly makeId: () => string;
  /** Bytes free in a directory, for the plan of `check`; absent: it is not told. */
  readonly freeSpace?: (directory: string) => Promise<number>;
  /** Text of a file that the configuration names; absent: such a configuration is refused where it matters. */
  readonly readText?: (path: string) => Promise<string>;
  /** Nanoseconds within the second, for generated names. */
  readonly nanoseconds: () => number;
}
