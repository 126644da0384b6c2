import { createHash } from 'node:crypto';
import { BackupError } from '../errors/index.js';

/** Whether something belongs to the part that is read, by a name of it that stays. */
export type Chooser = (name: string) => boolean;

/**
 * Takes the part that a subset names: the same part for the same seed, wherever and whenever it is asked for.
 * @param subset `5%`, `0.5%` or `1/10`; absent: everything
 * @throws BackupError `INVALID_ARGUMENT`
 */
export function createChooser(subset: string | undefined, seed: string): Chooser {
  if (subset === undefined) return () => true;
  const share = parseShare(subset);
  return (name) => createHash('sha256').update(`${seed}\0${name}`).digest().readUInt32BE(0) < share * 2 ** 32;
}

function parseShare(subset: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(subset)?.[1];
  const [, part, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(subset) ?? [];
  const share = percent === undefined ? Number(part) / Number(of) : Number(percent) / 100;
  if (share > 0 && share <= 1) return share;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `${JSON.stringify(subset.slice(0, 32))} names no part of a backup`,
    remedy: 'give a percentage such as 5%, or a fraction such as 1/10',
    details: { subset: subset.slice(0, 32) },
  });
}
