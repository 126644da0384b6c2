import { type DriverPlugin, driverContractVersion } from '@milvus-backup/core/driver';
import { createLocalDriver } from './driver.js';
import { readOptions } from './options.js';

export { createLocalDriver } from './driver.js';
export { type ErrorContext, toLocalError } from './errors.js';
export { type LocalOptions, localOptionsSchema, readOptions } from './options.js';

/** What core loads for the provider local. */
export const driverPlugin: DriverPlugin = {
  contractVersion: driverContractVersion,
  name: 'local',
  createDriver: (section, context) => createLocalDriver(readOptions(section, context)),
};
