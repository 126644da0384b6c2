import type { RouteConfig } from '@hono/zod-openapi';
import { cancelRouteSpec } from './schemas/cancel.js';
import { checkRouteSpec } from './schemas/check.js';
import { copyRouteSpec, getCopyRouteSpec } from './schemas/copy.js';
import { createRouteSpec } from './schemas/create.js';
import { deleteRouteSpec } from './schemas/delete.js';
import { getBackupRouteSpec } from './schemas/get-backup.js';
import { getRestoreRouteSpec } from './schemas/get-restore.js';
import { listRouteSpec } from './schemas/list.js';
import { restoreRouteSpec } from './schemas/restore.js';
import { restoreSecondaryRouteSpec } from './schemas/restore-secondary.js';

/** Every call of the Go tool's API, and our additions to it, in the order of its document. */
export const routesV1: readonly RouteConfig[] = [
  createRouteSpec,
  listRouteSpec,
  getBackupRouteSpec,
  deleteRouteSpec,
  copyRouteSpec,
  getCopyRouteSpec,
  restoreRouteSpec,
  restoreSecondaryRouteSpec,
  getRestoreRouteSpec,
  cancelRouteSpec,
  checkRouteSpec,
];
