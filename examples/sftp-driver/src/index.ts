import { type DriverPlugin, driverContractVersion } from '@milvus-backup/core/driver';
import { createSftpDriver } from './driver.js';
import { readSettings, sftpOptionsSchema } from './options.js';

export { createSftpDriver } from './driver.js';
export { type ErrorContext, toSftpError } from './errors.js';
export { readSettings, type SftpSettings, sftpOptionsSchema } from './options.js';

/** What core loads for `driver: milvus-backup-driver-sftp`. */
export const driverPlugin: DriverPlugin = {
  contractVersion: driverContractVersion,
  name: 'sftp',
  optionsSchema: sftpOptionsSchema,
  secretOptions: ['password', 'passphrase'],
  createDriver: (section, context) => createSftpDriver(readSettings(section, context)),
};
