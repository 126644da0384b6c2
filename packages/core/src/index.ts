export type * from './cleanup/types.js';
export { cleanupKinds } from './cleanup/types.js';
export {
  type LoadConfigInput,
  loadConfig,
  type MigrateConfigInput,
  type MigratedConfig,
  migrateConfig,
  renderConfigJson,
  renderConfigTable,
} from './config/index.js';
export type {
  BackupConfig,
  ClientRole,
  ConfigEntry,
  ConfigSource,
  LogLevel,
  MilvusSection,
  Provider,
  ResolvedConfig,
  ServerRole,
  ServerSection,
  ServerToken,
  StorageAuth,
  StorageSection,
} from './config/types.js';
export type * from './drill/types.js';
export {
  BackupError,
  type BackupErrorInit,
  cancelled,
  type ErrorCode,
  errorCodes,
  isBackupError,
  throwIfAborted,
  toBackupError,
} from './errors/index.js';
export {
  filterFromRequest,
  parseCollectionNames,
  parseDatabaseNames,
  parseDbCollections,
  parseFilter,
  parseRename,
} from './filter/index.js';
export type * from './inspect/types.js';
export { folderStates } from './inspect/types.js';
export { checkBackupName, checkExistingBackupName } from './layout/index.js';
export { type Logger, silentLogger } from './log.js';
export { currentLogFields, withLogFields } from './log-context.js';
export {
  type BriefInput,
  type BriefTask,
  briefOf,
  encodeGoJson,
  type GoJson,
  type GoStruct,
} from './meta/index.js';
export type * from './meta/types.js';
export * from './requests.js';
export { type ParsedRestorePlan, parseRestorePlan } from './restore/parse-plan.js';
export {
  createBackupService,
  openService,
  processSurroundings,
  type ServiceDeps,
  type Surroundings,
} from './service/index.js';
export type * from './service-types.js';
export { checkGroups } from './service-types.js';
export type * from './task/types.js';
export { collectionOutcomes, migratePhases, taskStates } from './task/types.js';
export {
  createTransfer,
  type ObjectCopy,
  type Store,
  type Transfer,
  type TransferOptions,
  type TransferSettings,
} from './transfer/transfer.js';
export type * from './verify/types.js';
export { verifyLevels } from './verify/types.js';
