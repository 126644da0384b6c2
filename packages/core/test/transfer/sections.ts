import type { StorageSection } from '../../src/config/types.js';

/** A storage section with nothing special in it. */
export function makeSection(given: Partial<StorageSection> = {}): StorageSection {
  return {
    path: 'milvus.storage',
    provider: 'minio',
    address: 'localhost',
    port: 9000,
    region: '',
    useSSL: false,
    accountName: '',
    bucketName: 'a-bucket',
    rootPath: 'files',
    localPath: '',
    auth: {
      type: 'static',
      accessKeyID: 'key',
      secretAccessKey: 'secret',
      sessionToken: '',
      accountKey: '',
      credentialsFile: '',
      endpoint: '',
    },
    ...given,
  };
}
