import { type DriverPlugin, driverContractVersion } from '@milvus-backup/core/driver';
import { createS3Driver } from './driver.js';
import { readOptions } from './options.js';

export { createS3Driver } from './driver.js';
export { type ErrorContext, toS3Error } from './errors.js';
export { readOptions, type S3Auth, type S3Options, s3OptionsSchema } from './options.js';

/** What core loads for the providers minio, s3, aws, gcp, aliyun, tencent and hwc. */
export const driverPlugin: DriverPlugin = {
  contractVersion: driverContractVersion,
  name: 's3',
  createDriver: (section, context) => createS3Driver(readOptions(section, context)),
};
