import { toBackupError } from '@milvus-backup/core';
import type { AppContext, RouteDeps } from './app-types.js';
import { type BackupQuery, findBackup } from './find-backup.js';
import { toResponseBody } from './stream-body.js';

/**
 * Sends every file of a committed backup as one tar, as fast as the client takes it.
 * @throws BackupError before the first byte; later failures cut the connection, so that no client takes half a tar for whole
 */
export async function sendTar(
  c: AppContext,
  { service, logger }: RouteDeps,
  query: BackupQuery,
): Promise<Response> {
  const name = query.id === undefined ? (query.name ?? '') : await nameOf(service, query);
  const signal = c.req.raw.signal;
  const place = query.rootPath === undefined ? { signal } : { rootPath: query.rootPath, signal };
  const tar = await service.download(name, place);
  const warn = (error: unknown): void => {
    const { code } = toBackupError(error);
    logger.warn({ requestId: c.get('requestId'), backup: name, code, err: error }, 'the download broke off');
  };
  return c.body(toResponseBody(tar, warn), 200, {
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename="${asciiOf(name)}.tar"; filename*=UTF-8''${encodeURIComponent(name)}.tar`,
  });
}

async function nameOf(service: RouteDeps['service'], query: BackupQuery): Promise<string> {
  const { view, details } = await findBackup(service, query);
  return details?.meta.name ?? view?.backupName ?? '';
}

/** For clients that know only the plain form of the file name. */
const asciiOf = (name: string): string => name.replaceAll(/[^\w.-]/g, '_');
