import { type DriverPlugin, driverContractVersion } from '@milvus-backup/core/driver';
import { createGcsDriver } from './driver.js';
import { readOptions } from './options.js';

export { createGcsDriver } from './driver.js';
export { type ErrorContext, toGcsError } from './errors.js';
export { type GcsAuth, type GcsOptions, type GoogleKey, gcsOptionsSchema, readOptions } from './options.js';

/** What core loads for the provider gcpnative. */
export const driverPlugin: DriverPlugin = {
  contractVersion: driverContractVersion,
  name: 'gcs',
  secretOptions: ['credentialsJson'],
  createDriver: (section, context) => createGcsDriver(readOptions(section, context)),
};
