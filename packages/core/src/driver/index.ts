export type { StorageAuth, StorageSection } from '../config/types.js';
export {
  BackupError,
  type BackupErrorInit,
  cancelled,
  type ErrorCode,
  isBackupError,
  throwIfAborted,
} from '../errors/index.js';
export type { ChecksumAlgorithm, DriverCapabilities } from './capabilities.js';
export type {
  CallOptions,
  CopyOptions,
  GetOptions,
  GetResult,
  ListEntry,
  ListOptions,
  ObjectInfo,
  PutBody,
  PutOptions,
  StorageDriver,
  UnfinishedUpload,
} from './driver.js';
export { driverRoot } from './driver-root.js';
export { invalidSetting } from './invalid-setting.js';
export { compareKeys, invalidKey, invalidPrefix, maxKeyBytes } from './keys.js';
export { driverPackages, type LoadDriverOptions, loadDriver } from './load-driver.js';
export { createManagedDriver, type ManagedDriverOptions, unwrapDriver } from './managed-driver.js';
export {
  createMemoryDriver,
  createMemoryPlugin,
  type MemoryDriverOptions,
  type MemoryStore,
} from './memory-driver.js';
export {
  type DriverContext,
  type DriverPlugin,
  driverContractVersion,
  type OptionsIssue,
  type OptionsSchema,
  type OptionsVerdict,
} from './plugin.js';
export { type ReadBodyRules, readBody } from './put-body.js';
export { readRetryAfter } from './retry-after.js';
export { tlsReason } from './tls-reason.js';
export { createTrafficLimits, type TrafficLimits, type TrafficRates } from './traffic-limits.js';
