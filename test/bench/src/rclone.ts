import { ensureRclone, type S3Server } from '@milvus-backup/test-support';
import { type Measured, runMeasured } from './measured-process.js';

/** rclone's server-side copy from one folder to another, what a copy by the store costs at best. */
export async function rcloneCopy(s3: S3Server, from: string, to: string): Promise<Measured> {
  const rclone = await ensureRclone();
  const env = {
    RCLONE_CONFIG_S_TYPE: 's3',
    RCLONE_CONFIG_S_PROVIDER: 'SeaweedFS',
    RCLONE_CONFIG_S_ENDPOINT: s3.endpoint,
    RCLONE_CONFIG_S_ACCESS_KEY_ID: s3.accessKey,
    RCLONE_CONFIG_S_SECRET_ACCESS_KEY: s3.secretKey,
    RCLONE_CONFIG_S_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG: '',
  };
  const args = ['copy', '--transfers', '128', '--checkers', '64', '--no-traverse', `s:${from}`, `s:${to}`];
  return await runMeasured(rclone, args, env);
}
