import { tsKey } from '../layout/index.js';

/** The record of the run that wrote, or writes, a backup. */
export const runKey = (root: string, name: string): string => tsKey(root, name, 'run.json');

/** Records of restores lie beside the backup that they restore. */
export const restoresPrefix = (root: string, name: string): string => tsKey(root, name, 'restore', '');

/** Records of migrations to Zilliz Cloud, one for each cluster. */
export const migrationsPrefix = (root: string, name: string): string => tsKey(root, name, 'migrate', '');

export const migrationKey = (root: string, name: string, clusterId: string): string =>
  tsKey(root, name, 'migrate', `${clusterId}.json`);

/** The record of one restore. */
export const restoreKey = (root: string, name: string, id: string): string =>
  tsKey(root, name, 'restore', `${id}.json`);
