import pRetry from 'p-retry';
import { cancelled, isBackupError } from '../errors/index.js';
import { grpcStatus, isComingBack } from './errors.js';
import type { MilvusCall } from './gateway.js';
import { transportRetry } from './rpc-policy.js';

/**
 * Makes a change that Milvus refuses, or makes twice, when it is sent twice. When the connection breaks under it, Milvus is asked
 * whether it was made before it is sent again.
 * @param isMade true only when the change is there; it was not before the first try
 */
export async function sendChange(
  send: () => Promise<unknown>,
  isMade: () => Promise<boolean>,
  call: MilvusCall | undefined,
): Promise<void> {
  const signal = call?.signal;
  let sent = false;
  const attempt = async (): Promise<void> => {
    if (sent && (await isMade())) return;
    sent = true;
    await send();
  };
  try {
    await pRetry(attempt, {
      ...transportRetry,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error }) => isLost(error),
    });
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw error;
  }
}

/** Not one that is still under way after its time, which could come to its end between the question and the second try. */
function isLost(error: unknown): boolean {
  if (!isBackupError(error) || error.code !== 'MILVUS_UNREACHABLE') return false;
  return error.details.grpcStatus === grpcStatus.unavailable || isComingBack(error);
}
