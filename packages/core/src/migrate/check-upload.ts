import { isManifest } from '../copy/copy-manifest.js';
import type { CopyEnd } from '../copy/copy-run.js';
import { listPart, listParts } from '../copy/folder.js';
import { BackupError } from '../errors/index.js';

/**
 * Holds what the volume lists against what the backup holds, part by part.
 * @throws BackupError `VERIFY_FAILED` naming the first object that is missing, or has another size
 */
export async function checkUpload(from: CopyEnd, to: CopyEnd, signal: AbortSignal): Promise<void> {
  for (const part of await listParts([from, to], signal)) {
    const [wanted, found] = await Promise.all([listPart(from, part, signal), listPart(to, part, signal)]);
    for (const [key, { size }] of wanted) {
      if (isManifest(key)) continue;
      const there = found.get(key)?.size;
      if (there !== size) throw short(from.name, to.label, key, size, there);
    }
  }
}

function short(
  name: string,
  label: string,
  key: string,
  size: number,
  there: number | undefined,
): BackupError {
  const what = there === undefined ? 'is missing' : `has ${there} bytes instead of ${size}`;
  return new BackupError({
    code: 'VERIFY_FAILED',
    message: `${key} of backup ${name} ${what} in the ${label}`,
    remedy: 'run the same command again: it sends what is missing; no migration was started',
    details: { name, key },
  });
}
