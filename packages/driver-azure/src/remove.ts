import type { ContainerClient } from '@azure/storage-blob';
import { statusOf, vendorCodeOf } from './vendor-error.js';

/** Azure takes no more sub-requests in one batch. */
export const deleteBatchSize = 256;
const singlesAtOnce = 32;

export interface RemoveFailure {
  readonly key: string;
  readonly error: unknown;
}

/** Removes up to {@link deleteBatchSize} keys by one request. Gives those that stayed, or `unsupported`. */
export async function removeBatch(
  container: ContainerClient,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly RemoveFailure[] | 'unsupported'> {
  // The same key twice in one batch is refused by some.
  const unique = [...new Set(keys)];
  try {
    const { subResponses } = await container.getBlobBatchClient().deleteBlobs(
      unique.map((key) => container.getBlobClient(key)),
      { deleteSnapshots: 'include', ...(signal ? { abortSignal: signal } : {}) },
    );
    return subResponses.flatMap((answer, index) => {
      if (answer.status < 400 || answer.errorCode === 'BlobNotFound') return [];
      const error = { name: answer.errorCode, code: answer.errorCode, statusCode: answer.status };
      return [{ key: unique[index] ?? '', error: { ...error, message: answer.statusMessage } }];
    });
  } catch (error) {
    if (refusesBatches(error)) return 'unsupported';
    return unique.map((key) => ({ key, error }));
  }
}

/** Removes keys one by one, some at a time. */
export async function removeSingly(
  container: ContainerClient,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly RemoveFailure[]> {
  const failures: RemoveFailure[] = [];
  const queue = keys.values();
  const work = async (): Promise<void> => {
    for (const key of queue) {
      if (signal?.aborted) return;
      try {
        await container.deleteBlob(key, {
          deleteSnapshots: 'include',
          ...(signal ? { abortSignal: signal } : {}),
        });
      } catch (error) {
        if (vendorCodeOf(error) !== 'BlobNotFound') failures.push({ key, error });
      }
    }
  };
  await Promise.all(Array.from({ length: singlesAtOnce }, work));
  return failures;
}

/** Some gateways have no batches, and a signature of one container is not enough for them everywhere. */
function refusesBatches(error: unknown): boolean {
  const status = statusOf(error);
  return status === 501 || status === 405 || (status === 400 && vendorCodeOf(error) !== 'ContainerNotFound');
}
