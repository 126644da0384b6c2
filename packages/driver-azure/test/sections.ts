import type { StorageSection } from '@milvus-backup/core/driver';
import type { AzuriteServer } from '@milvus-backup/test-support';

/** A storage section as the configuration gives it, for a store that is not there unless it is named. */
export function sectionFor(changes: Partial<StorageSection> = {}): StorageSection {
  return {
    path: 'backup.storage',
    provider: 'azure',
    address: 'core.windows.net',
    port: 443,
    region: '',
    useSSL: true,
    accountName: 'account',
    bucketName: 'container',
    rootPath: '',
    localPath: '',
    auth: authFor({ type: 'sharedKey', accountKey: 'cGxhbnRlZC1zZWNyZXQ=' }),
    ...changes,
  };
}

export function authFor(changes: Partial<StorageSection['auth']>): StorageSection['auth'] {
  return {
    type: 'default',
    accessKeyID: '',
    secretAccessKey: '',
    sessionToken: '',
    accountKey: '',
    credentialsFile: '',
    endpoint: '',
    ...changes,
  };
}

/** For one account of a running server, by its key. */
export function sectionOf(server: AzuriteServer, bucketName: string, account = 0): StorageSection {
  const { accountName = '', accountKey = '' } = server.accounts[account] ?? {};
  return sectionFor({
    address: server.address,
    port: server.port,
    useSSL: server.tls,
    accountName,
    bucketName,
    auth: authFor({ type: 'sharedKey', accountKey }),
    ...(server.caFile === undefined ? {} : { options: { caFile: server.caFile } }),
  });
}
