import { tsKey } from '../layout/index.js';

/** The record of the run that wrote, or writes, a backup. */
export const runKey = (root: string, name: string): string => tsKey(root, name, 'run.json');

/** Records of restores lie beside the backup that they restore. */
export const restoresPrefix = (root: string, name: string): string => tsKey(root, name, 'restore', '');

/** The record of one restore. */
export const restoreKey = (root: string, name: string, id: string): string =>
  tsKey(root, name, 'restore', `${id}.json`);
