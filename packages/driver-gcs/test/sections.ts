import type { StorageSection } from '@milvus-backup/core/driver';

/** A storage section as the configuration gives it, for a server that is not there unless it is named. */
export function sectionFor(changes: Partial<StorageSection> = {}): StorageSection {
  return {
    path: 'backup.storage',
    provider: 'gcpnative',
    address: '127.0.0.1',
    port: 4443,
    region: '',
    useSSL: false,
    accountName: '',
    bucketName: 'bucket',
    rootPath: '',
    localPath: '',
    auth: {
      type: 'default',
      accessKeyID: '',
      secretAccessKey: '',
      sessionToken: '',
      accountKey: '',
      credentialsFile: '',
      endpoint: '',
    },
    ...changes,
  };
}

/** For an emulator: no credentials. */
export function sectionOf(server: { readonly port: number }, bucketName: string): StorageSection {
  return sectionFor({ port: server.port, bucketName, options: { anonymous: true } });
}
