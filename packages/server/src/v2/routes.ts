import type { RouteConfig } from '@hono/zod-openapi';
import {
  compactBackup,
  copyBackup,
  createBackup,
  deleteBackup,
  getArchive,
  getBackup,
  listBackups,
  migrateBackup,
} from './schemas/backup.js';
import { cancelJob, deleteJob, getJob, listJobs, watchJob } from './schemas/job.js';
import { cleanUp, drillBackup, verifyBackup } from './schemas/proof.js';
import { restoreBackup, restoreSecondary } from './schemas/restore.js';
import { checkSpec, healthSpec, versionSpec } from './schemas/service.js';

/** Every call of the second version, in the order of its document. */
export const routesV2: readonly RouteConfig[] = [
  listBackups,
  createBackup,
  getBackup,
  deleteBackup,
  getArchive,
  copyBackup,
  compactBackup,
  migrateBackup,
  restoreBackup,
  restoreSecondary,
  verifyBackup,
  drillBackup,
  listJobs,
  getJob,
  deleteJob,
  cancelJob,
  watchJob,
  cleanUp,
  checkSpec,
  versionSpec,
  healthSpec,
];
