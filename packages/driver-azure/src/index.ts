import { type DriverPlugin, driverContractVersion } from '@milvus-backup/core/driver';
import { createAzureDriver } from './driver.js';
import { readOptions } from './options.js';

export type { AzureAuth, Identity } from './auth.js';
export { createAzureDriver } from './driver.js';
export { type ErrorContext, toAzureError } from './errors.js';
export { type AzureOptions, azureOptionsSchema, readOptions } from './options.js';

/** What core loads for the provider azure. */
export const driverPlugin: DriverPlugin = {
  contractVersion: driverContractVersion,
  name: 'azure',
  secretOptions: ['connectionString', 'sasToken'],
  createDriver: (section, context) => createAzureDriver(readOptions(section, context)),
};
