import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError, isBackupError, type StorageDriver } from '@milvus-backup/core/driver';

/** Says "only when absent" in the store's own way, on each request of a conditional put: beginning and end of one by parts. */
export function spellConditions(client: S3Client, header: string): void {
  client.middlewareStack.add(
    (next) => (call) => {
      const condition: unknown = Reflect.get(call.input, 'IfNoneMatch');
      const headers: unknown = Reflect.get(Object(call.request), 'headers');
      if (condition !== undefined && typeof headers === 'object' && headers !== null) {
        Reflect.deleteProperty(headers, 'if-none-match');
        Reflect.set(headers, header, 'true');
      }
      return next(call);
    },
    { step: 'build', name: 'spellConditions' },
  );
}

/**
 * Finds out whether the store refuses the second of two conditional puts: some ignore the condition without a word, as
 * Alibaba OSS does in buckets with versions.
 * @throws BackupError `UNSUPPORTED` when both are taken
 */
export async function proveConditions(
  driver: Pick<StorageDriver, 'put' | 'delete'>,
  folder: string,
  target: string,
): Promise<void> {
  const key = `${folder === '' ? '' : `${folder}/`}.milvus-backup-probe-${randomUUID()}`;
  const probe = (): Promise<unknown> => driver.put(key, Buffer.from('probe'), { ifNoneMatch: '*' });
  await probe();
  let ignored = false;
  try {
    await probe();
    ignored = true;
  } catch (error) {
    if (!isBackupError(error) || error.code !== 'PRECONDITION_FAILED') throw error;
  } finally {
    await driver.delete([key]);
  }
  if (!ignored) return;
  throw new BackupError({
    code: 'UNSUPPORTED',
    message: `the store at ${target} ignores the condition of a conditional write`,
    remedy: 'use a bucket without versioning: with it this store cannot keep two writers apart',
  });
}
