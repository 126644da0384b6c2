import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import { statusOf, vendorCodeOf } from './errors.js';

/** S3 takes no more keys in one DeleteObjects. */
export const deleteBatchSize = 1000;
const singlesAtOnce = 10;

export interface RemoveFailure {
  readonly key: string;
  readonly error: unknown;
}

interface RemoveJob {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Removes up to {@link deleteBatchSize} keys by one request. Gives the keys that stayed, or `unsupported`
 * when the store does not know DeleteObjects.
 */
export async function removeBatch(
  client: S3Client,
  { bucket, keys, signal }: RemoveJob,
): Promise<readonly RemoveFailure[] | 'unsupported'> {
  const Objects = keys.map((Key) => ({ Key }));
  try {
    const answer = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      signal ? { abortSignal: signal } : {},
    );
    return (answer.Errors ?? [])
      .filter((failure) => failure.Code !== 'NoSuchKey')
      .map((failure) => ({
        key: failure.Key ?? '',
        error: { name: failure.Code ?? 'Error', message: failure.Message ?? failure.Code ?? 'not removed' },
      }));
  } catch (error) {
    if (refusesBatches(error)) return 'unsupported';
    return keys.map((key) => ({ key, error }));
  }
}

/** Removes keys one by one, a few at a time. */
export async function removeSingly(
  client: S3Client,
  { bucket, keys, signal }: RemoveJob,
): Promise<readonly RemoveFailure[]> {
  const failures: RemoveFailure[] = [];
  const queue = keys.values();
  const work = async (): Promise<void> => {
    for (const key of queue) {
      if (signal?.aborted) {
        failures.push({ key, error: signal.reason });
        continue;
      }
      try {
        await client.send(
          new DeleteObjectCommand({ Bucket: bucket, Key: key }),
          signal ? { abortSignal: signal } : {},
        );
      } catch (error) {
        if (vendorCodeOf(error) !== 'NoSuchKey') failures.push({ key, error });
      }
    }
  };
  await Promise.all(Array.from({ length: singlesAtOnce }, work));
  return failures;
}

/** Clones without DeleteObjects say so in several ways; some want a Content-MD5, which the SDK no longer sends. */
function refusesBatches(error: unknown): boolean {
  const code = vendorCodeOf(error);
  if (['NotImplemented', 'MethodNotAllowed', 'MissingContentMD5', 'UnsupportedOperation'].includes(code)) {
    return true;
  }
  const status = statusOf(error);
  return status === 501 || status === 405;
}
