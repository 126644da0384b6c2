import { z } from 'zod';
import type { StorageDriver } from '../driver/driver.js';
import { BackupError } from '../errors/index.js';
import { readText } from '../transfer/read-text.js';
import type { TaskRecord } from './record.js';

/** Far above what a request needs. */
const maxBytes = 4096;

const requestSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  instance: z.string(),
  startedAt: z.number(),
});

/** The one run that a request means: names and ids come again. */
export type CancelTarget = Pick<TaskRecord, 'id' | 'startedAt' | 'owner'>;

/** Beside the record of the run; its owner looks there with each renewal of the record, every few seconds. */
export const cancelKey = (recordKey: string): string => `${recordKey}.cancel`;

/** Asks the process that owns a run to cancel it. A run that has ended by then is not concerned. @throws BackupError of the store */
export async function requestCancel(
  driver: StorageDriver,
  recordKey: string,
  { id, owner, startedAt }: CancelTarget,
): Promise<void> {
  const request: z.infer<typeof requestSchema> = { version: 1, id, instance: owner.instance, startedAt };
  await driver.put(cancelKey(recordKey), new TextEncoder().encode(JSON.stringify(request)));
}

/**
 * Whether somebody has asked for this run to be cancelled. A request is used up by looking at it, also one that means an
 * earlier run.
 * @throws BackupError of the store
 */
export async function takeCancelRequest(
  driver: StorageDriver,
  recordKey: string,
  { id, owner, startedAt }: CancelTarget,
): Promise<boolean> {
  const key = cancelKey(recordKey);
  const text = await readText(driver, key, maxBytes);
  if (text === null) return false;
  await driver.delete([key]);
  const request = parse(text);
  return request?.id === id && request.instance === owner.instance && request.startedAt === startedAt;
}

/** `null` for what is no request: whoever put it there asked for nothing. */
function parse(text: string): z.infer<typeof requestSchema> | null {
  try {
    return requestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The reason that a cancelled run ends with. */
export function cancelledByUser(): BackupError {
  return new BackupError({
    code: 'CANCELLED',
    message: 'the run was cancelled',
    remedy: 'run the same command again when you want it to go on',
  });
}
