import type { StorageSection } from '@milvus-backup/core/driver';
import type { S3Server } from '@milvus-backup/test-support';

/** A storage section as the configuration gives it, for a server that is not there unless it is named. */
export function sectionFor(changes: Partial<StorageSection> = {}): StorageSection {
  return {
    path: 'backup.storage',
    provider: 'minio',
    address: '127.0.0.1',
    port: 9000,
    region: '',
    useSSL: false,
    accountName: '',
    bucketName: 'bucket',
    rootPath: '',
    localPath: '',
    auth: {
      type: 'static',
      accessKeyID: 'some-key',
      secretAccessKey: 'planted-secret',
      sessionToken: '',
      accountKey: '',
      credentialsFile: '',
      endpoint: '',
    },
    ...changes,
  };
}

export function sectionOf(server: S3Server, bucketName: string): StorageSection {
  const { auth } = sectionFor();
  return sectionFor({
    address: server.address,
    port: server.port,
    bucketName,
    auth: { ...auth, accessKeyID: server.accessKey, secretAccessKey: server.secretKey },
  });
}

export const context = { env: {}, cwd: '/' };

/** `options` for a store that has nothing beyond the contract's minimum. */
export const lacking = {
  checksums: 'whenRequired',
  conditionalPut: false,
  batchDelete: false,
  multipartCopy: false,
};
