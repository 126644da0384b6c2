import type { StorageDriver } from '../driver/driver.js';
import type { Findings } from './findings.js';
import type { Chooser } from './subset.js';
import { type VerifyLevel, verifyLevels } from './types.js';

/** Everything one verification works with. */
export interface VerifyRun {
  readonly driver: StorageDriver;
  /** Cleaned prefix of all keys. */
  readonly root: string;
  readonly name: string;
  readonly level: VerifyLevel;
  readonly chosen: Chooser;
  /** Objects looked at at once. */
  readonly concurrency: number;
  readonly findings: Findings;
  /** Told of what is done and, once known, of what there is to do. */
  readonly onProgress: (delta: {
    readonly objectsDone?: number;
    readonly objectsTotal?: number;
    readonly bytesDone?: number;
    readonly bytesTotal?: number;
  }) => void;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

/** Whether the run goes at least as far as a level. */
export function reaches(run: Pick<VerifyRun, 'level'>, level: VerifyLevel): boolean {
  return verifyLevels.indexOf(run.level) >= verifyLevels.indexOf(level);
}
