import { createSchema, flag, int, type KeySpec, map, text } from './key-spec.js';
import { serverSpecsV1 } from './schema-server.js';

const minio: readonly KeySpec[] = [
  text('minio.storageType', 'minio', 'Kind of the store with the data of Milvus', {
    spellings: ['storage.storageType', 'minio.storageType', 'minio.cloudProvider'],
    becomes: 'milvus.storage.provider',
  }),
  text('minio.driver', '', 'npm package of a storage driver', { becomes: 'milvus.storage.driver' }),
  map('minio.options', 'Handed to that driver', { becomes: 'milvus.storage.options' }),
  text('minio.address', 'localhost', 'Host', { env: 'MINIO_ADDRESS', becomes: 'milvus.storage.address' }),
  int('minio.port', 9000, 'Port', { env: 'MINIO_PORT', becomes: 'milvus.storage.port' }),
  text('minio.region', '', 'Region', { env: 'MINIO_REGION', becomes: 'milvus.storage.region' }),
  text('minio.accessKeyID', 'minioadmin', 'Access key; azure: account name', {
    env: 'MINIO_ACCESS_KEY',
    becomes: 'milvus.storage.auth.accessKeyID',
  }),
  text('minio.secretAccessKey', 'minioadmin', 'Secret key; azure: account key', {
    env: 'MINIO_SECRET_KEY',
    secret: true,
    becomes: 'milvus.storage.auth.secretAccessKey',
  }),
  text('minio.token', '', 'Session token', {
    env: 'MINIO_TOKEN',
    secret: true,
    becomes: 'milvus.storage.auth.sessionToken',
  }),
  text('minio.gcpCredentialJSON', '', 'gcpnative: path of the key file', {
    env: 'GCP_KEY_JSON',
    secret: true,
    becomes: 'milvus.storage.auth.credentialsFile',
  }),
  flag('minio.useSSL', false, 'TLS', { env: 'MINIO_USE_SSL', becomes: 'milvus.storage.useSSL' }),
  flag('minio.useIAM', false, 'Temporary keys of the cloud', {
    env: 'MINIO_USE_IAM',
    becomes: 'milvus.storage.auth.type',
  }),
  text('minio.iamEndpoint', '', 'Where to get them', {
    env: 'MINIO_IAM_ENDPOINT',
    becomes: 'milvus.storage.auth.endpoint',
  }),
  text('minio.bucketName', 'a-bucket', 'Bucket', {
    env: 'MINIO_BUCKET_NAME',
    becomes: 'milvus.storage.bucketName',
  }),
  text('minio.rootPath', 'files', 'Root path', {
    env: 'MINIO_ROOT_PATH',
    becomes: 'milvus.storage.rootPath',
  }),
];

/** Names of the older spellings and the variables are not regular, so they are written out. */
const backupVariables: Readonly<Record<string, string>> = {
  accessKeyID: 'MINIO_BACKUP_ACCESS_KEY',
  secretAccessKey: 'MINIO_BACKUP_SECRET_KEY',
  gcpCredentialJSON: 'BACKUP_GCP_KEY_JSON',
};

/** `minio.backupX` for each `minio.X`: takes the value of `minio.X` when it is set nowhere. */
const minioBackup: readonly KeySpec[] = minio.map(({ spellings, ...spec }) => {
  const name = spec.key.slice('minio.'.length);
  const key = `minio.backup${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const env = backupVariables[name] ?? spec.env?.replace('MINIO_', 'MINIO_BACKUP_');
  const becomes = spec.becomes?.replace('milvus.storage', 'backup.storage');
  const base = {
    ...spec,
    key,
    ...(env === undefined ? {} : { env }),
    ...(becomes === undefined ? {} : { becomes }),
  };
  if (name === 'gcpCredentialJSON') return base;
  const heir = { ...base, inherits: spec.key };
  if (name === 'driver') return { ...heir, inheritsUnlessSet: ['minio.backupStorageType'] };
  if (name === 'options')
    return { ...heir, inheritsUnlessSet: ['minio.backupStorageType', 'minio.backupDriver'] };
  if (!['storageType', 'bucketName', 'rootPath'].includes(name))
    return { ...heir, inheritsUnlessSet: ['minio.backupDriver'] };
  return spellings === undefined
    ? heir
    : { ...heir, spellings: ['storage.backupStorageType', 'minio.backupStorageType'] };
});

/**
 * Files without `configVersion`. Defaults and inheritance are those of 0.5.16; values become schema v2 and
 * are checked by its rules.
 */
export const schemaV1 = createSchema('v1', [
  text('log.level', 'info', 'Least level', { becomes: 'log.level' }),
  flag('log.console', true, 'Log to the console too', { becomes: 'log.console' }),
  text('log.file.filename', 'logs/backup.log', 'Log file', { becomes: 'log.file.path' }),
  int('log.file.maxSize', 300, 'MiB per file', { becomes: 'log.file.maxSizeMiB' }),
  int('log.file.maxDays', 0, 'Days to keep', { becomes: 'log.file.maxDays' }),
  int('log.file.maxBackups', 0, 'Files to keep', { becomes: 'log.file.maxBackups' }),

  flag('http.enabled', true, 'Has no effect'),
  flag('http.debugMode', false, 'Log requests', { becomes: 'server.debugMode' }),
  text('http.swaggerBasePath', '', 'Base path', { becomes: 'server.swaggerBasePath' }),

  ...serverSpecsV1,

  text('cloud.address', 'https://api.cloud.zilliz.com', 'API of Zilliz Cloud', {
    becomes: 'zillizCloud.endpoint',
  }),
  text('cloud.apikey', '', 'API key of Zilliz Cloud', { secret: true, becomes: 'zillizCloud.apiKey' }),

  text('milvus.address', 'localhost', 'Host', { env: 'MILVUS_ADDRESS', becomes: 'milvus.grpc.address' }),
  int('milvus.port', 19530, 'Port', {
    env: 'MILVUS_PORT',
    becomes: 'milvus.grpc.port',
  }),
  text('milvus.user', '', 'User', { env: 'MILVUS_USER', becomes: 'milvus.user' }),
  text('milvus.password', '', 'Password', {
    env: 'MILVUS_PASSWORD',
    secret: true,
    becomes: 'milvus.password',
  }),
  int('milvus.tlsMode', 0, '0 off, 1 server, 2 mutual', {
    env: 'MILVUS_TLS_MODE',
    becomes: 'milvus.grpc.tlsMode',
  }),
  text('milvus.caCertPath', '', 'CA file', {
    env: 'MILVUS_CA_CERT_PATH',
    becomes: 'milvus.grpc.caCertPath',
  }),
  text('milvus.serverName', '', 'TLS name', {
    env: 'MILVUS_SERVER_NAME',
    becomes: 'milvus.grpc.serverName',
  }),
  text('milvus.mtlsCertPath', '', 'Our certificate', {
    env: 'MILVUS_MTLS_CERT_PATH',
    becomes: 'milvus.grpc.mtlsCertPath',
  }),
  text('milvus.mtlsKeyPath', '', 'Its key', {
    env: 'MILVUS_MTLS_KEY_PATH',
    becomes: 'milvus.grpc.mtlsKeyPath',
  }),
  text('milvus.rpcChannelName', 'by-dev-replicate-msg', 'Replication channel', {
    env: 'MILVUS_RPC_CHANNEL_NAME',
    becomes: 'milvus.replicate.rpcChannelName',
  }),
  text('milvus.etcd.endpoints', 'localhost:2379', 'Separated by commas', {
    becomes: 'milvus.etcd.endpoints',
  }),
  text('milvus.etcd.rootPath', 'by-dev', 'Root path in etcd', { becomes: 'milvus.etcd.rootPath' }),

  ...minio,
  ...minioBackup,
  flag('minio.crossStorage', false, 'Always stream', { becomes: 'transfer.mode' }),
  int('minio.multipartCopyThresholdMiB', 500, 'MiB', { becomes: 'transfer.multipartCopyThresholdMiB' }),

  int('backup.parallelism.copydata', 128, 'Objects in flight', {
    env: 'BACKUP_PARALLELISM_COPYDATA',
    becomes: 'transfer.concurrency',
  }),
  int('backup.parallelism.backupCollection', 4, 'Collections backed up at once', {
    env: 'BACKUP_PARALLELISM_BACKUP_COLLECTION',
    becomes: 'backup.concurrency.collections',
  }),
  int('backup.parallelism.backupSegment', 1024, 'Segments backed up at once', {
    becomes: 'backup.concurrency.segments',
  }),
  int('backup.parallelism.restoreCollection', 2, 'Collections restored at once', {
    env: 'BACKUP_PARALLELISM_RESTORE_COLLECTION',
    becomes: 'restore.concurrency.collections',
  }),
  int('backup.parallelism.importJob', 768, 'Import jobs at once', {
    becomes: 'restore.concurrency.importJobs',
  }),
  flag('backup.keepTempFiles', false, 'Keep staged objects', {
    env: 'BACKUP_KEEP_TEMP_FILES',
    becomes: 'restore.keepTempFiles',
  }),
  flag('backup.gcPause.enable', true, 'Stop garbage collection', {
    env: 'BACKUP_GC_PAUSE_ENABLE',
    becomes: 'backup.pauseGC',
  }),
  text('backup.gcPause.address', 'http://localhost:9091', 'Management URL', {
    env: 'BACKUP_GC_PAUSE_ADDRESS',
    becomes: 'milvus.management.endpoint',
  }),
]);

/** Keys of releases before 0.5 that nothing reads any more; saying so at each start would help nobody. */
export const retiredV1Keys: ReadonlySet<string> = new Set([
  'http.simpleresponse',
  'milvus.authorizationenabled',
  'backup.maxsegmentgroupsize',
]);
