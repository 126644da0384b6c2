import { flag, int, type KeySpec, map, oneOf, text } from './key-spec.js';
import { authTypes, providers } from './types.js';

/** `storages.<name>` are further stores, of which each stands by itself. */
export type StoragePath = 'milvus.storage' | 'backup.storage' | `storages.${string}`;

/**
 * The keys of one storage section. The section of backups takes what it does not set from the section of
 * Milvus, all but the paths and the endpoint as Milvus sees it, which belong to one place only; with a `driver` of its own
 * neither address nor credentials. Named stores take nothing over.
 */
export function storageSpecs(path: StoragePath): readonly KeySpec[] {
  const backup = path === 'backup.storage';
  const env = path.toUpperCase().replace('.', '_');
  const unlessSet = (...names: string[]) =>
    backup ? { inheritsUnlessSet: names.map((name) => `${path}.${name}`) } : {};
  const heir = (name: string) => (backup ? { inherits: `milvus.storage.${name}` } : {});
  // Another package is another store: where Milvus keeps its data, and its keys, are none of its business.
  const sameStore = (name: string) => ({ ...heir(name), ...unlessSet('driver') });
  const milvus = path === 'milvus.storage';
  const holds = milvus ? 'the data of Milvus' : 'backups';
  return [
    text(`${path}.provider`, 'minio', `Kind of the store that holds ${holds}`, {
      ...heir('provider'),
      check: oneOf(providers),
    }),
    text(`${path}.driver`, '', 'npm package of a storage driver, instead of the one for the provider', {
      ...heir('driver'),
      ...unlessSet('provider'),
      quiet: true,
    }),
    map(`${path}.options`, 'Handed to that driver as it stands', {
      ...heir('options'),
      ...unlessSet('provider', 'driver'),
      quiet: true,
    }),
    text(`${path}.address`, 'localhost', 'Host of the store, without scheme and port', sameStore('address')),
    int(`${path}.port`, 9000, 'Port of the store; 443 for clouds', sameStore('port')),
    text(`${path}.region`, '', 'Region of the bucket; empty: ask the store', sameStore('region')),
    flag(`${path}.useSSL`, false, 'Speak TLS with the store', sameStore('useSSL')),
    text(`${path}.accountName`, '', 'azure only: the storage account', {
      ...sameStore('accountName'),
      env: `${env}_ACCOUNT_NAME`,
    }),
    text(`${path}.bucketName`, 'a-bucket', `Bucket (azure: container) with ${holds}`, heir('bucketName')),
    text(
      `${path}.rootPath`,
      milvus ? 'files' : 'backup',
      'Prefix of every key in the bucket; local: a directory',
    ),
    text(`${path}.localPath`, '', 'local only: that directory as Milvus sees it; empty: the same'),
    text(`${path}.milvusAddress`, '', 'Host of the store as Milvus reaches it; empty: the same'),
    int(`${path}.milvusPort`, 0, 'Port of the store as Milvus reaches it; 0: the same'),
    text(`${path}.auth.type`, 'static', 'How to prove who we are', {
      ...sameStore('auth.type'),
      check: oneOf(authTypes),
    }),
    text(`${path}.auth.accessKeyID`, 'minioadmin', 'static: access key', {
      ...sameStore('auth.accessKeyID'),
      env: `${env}_AUTH_ACCESS_KEY_ID`,
    }),
    text(`${path}.auth.secretAccessKey`, 'minioadmin', 'static: secret key', {
      ...sameStore('auth.secretAccessKey'),
      env: `${env}_AUTH_SECRET_ACCESS_KEY`,
      secret: true,
    }),
    text(`${path}.auth.sessionToken`, '', 'static: token of temporary keys; gcp: OAuth token', {
      ...sameStore('auth.sessionToken'),
      env: `${env}_AUTH_SESSION_TOKEN`,
      secret: true,
    }),
    text(`${path}.auth.accountKey`, '', 'sharedKey: key of the Azure account', {
      ...sameStore('auth.accountKey'),
      env: `${env}_AUTH_ACCOUNT_KEY`,
      secret: true,
    }),
    text(`${path}.auth.credentialsFile`, '', 'serviceAccount: path of the Google key file', {
      ...sameStore('auth.credentialsFile'),
      env: `${env}_AUTH_CREDENTIALS_FILE`,
    }),
    text(
      `${path}.auth.endpoint`,
      '',
      'iam: where to get temporary keys; empty: the default of the provider',
      {
        ...sameStore('auth.endpoint'),
      },
    ),
  ];
}
