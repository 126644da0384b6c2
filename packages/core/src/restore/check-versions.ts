import gte from 'semver/functions/gte.js';
import { BackupError } from '../errors/index.js';
import { effectiveVersion, newestVersion } from '../milvus/features.js';
import type { MilvusFeatures, MilvusServerInfo } from '../milvus/gateway.js';
import type { RestoreRequest } from '../requests.js';
import type { RestoreRun } from './restore-run.js';
import { warn } from './warn.js';

/** By which of its calls Milvus imports. */
export type ImportCall = 'grpc' | 'rest';

/** REST jobs where there are any (2.4), unless the request says which. */
export function chooseImport(request: RestoreRequest, features: MilvusFeatures): ImportCall {
  return (request.useV2Restore ?? features.restImport) ? 'rest' : 'grpc';
}

/**
 * Milvus reads what its own and older versions wrote. Asked before anything is changed.
 * @throws BackupError `MILVUS_UNSUPPORTED` when the target's line (MAJOR.MINOR) is older than the backup's, or when REST imports
 * are asked of a server that has none
 */
export async function checkVersions(run: RestoreRun): Promise<void> {
  const { request, meta, milvus, signal } = run;
  const server = await milvus.serverInfo({ signal });
  checkImportCall(request, server);
  const [held, has] = [effectiveVersion([meta.milvus_version]), effectiveVersion([server.version])];
  // Builds without a number, and backups that do not say, cannot be told.
  if (meta.milvus_version === '' || held === newestVersion || has === newestVersion || gte(has, held)) return;
  const sentence = `backup ${meta.name} was made on Milvus ${meta.milvus_version}, this one is ${server.version}: older`;
  const remedy = 'restore into the same or a newer version';
  if (lineOf(held) === lineOf(has) || request.allowOlderMilvus === true || request.compat === true) {
    warn(run, sentence, `if data cannot be imported, ${remedy}`);
    return;
  }
  throw new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: sentence,
    remedy: `${remedy}; to try it all the same: --allow_older_milvus (allowOlderMilvus over REST)`,
    details: { backupVersion: meta.milvus_version, milvusVersion: server.version },
  });
}

function checkImportCall(request: RestoreRequest, { version, features }: MilvusServerInfo): void {
  if (request.metaOnly || features.restImport || chooseImport(request, features) === 'grpc') return;
  throw new BackupError({
    code: 'MILVUS_UNSUPPORTED',
    message: `use_v2_restore asks for import jobs by REST, which Milvus ${version} does not have`,
    remedy: 'leave --use_v2_restore (useV2Restore) out, or use Milvus 2.4 or newer',
    details: { milvusVersion: version },
  });
}

const lineOf = (version: string): string => version.split('.').slice(0, 2).join('.');
