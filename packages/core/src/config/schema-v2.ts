import { createSchema, flag, int, list, oneOf, text } from './key-spec.js';
import { serverSpecs } from './schema-server.js';
import { storageSpecs } from './schema-v2-storage.js';

/** Levels of the Go tool; the three above `error` are shown and used as `error`. */
export const acceptedLogLevels = ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'] as const;
export const tlsModes = ['disabled', 'server', 'mutual'] as const;
export const transferModes = ['auto', 'direct', 'streaming'] as const;

const positive = { check: { kind: 'positive' } } as const;
const notNegative = { check: { kind: 'notNegative' } } as const;
const url = { check: { kind: 'url' } } as const;

/** Files that begin with `configVersion: v2`, in the order of the listing. */
export const schemaV2 = createSchema('v2', [
  text('log.level', 'info', 'Least level that is logged', { check: oneOf(acceptedLogLevels) }),
  flag('log.console', true, 'Log to the console too'),
  text('log.file.path', 'logs/backup.log', 'Log file, from the working directory; empty: none'),
  int('log.file.maxSizeMiB', 300, 'Size in MiB at which a new log file begins', notNegative),
  int('log.file.maxDays', 0, 'Days to keep old log files; 0: for ever', notNegative),
  int('log.file.maxBackups', 0, 'Number of old log files to keep; 0: all', notNegative),

  flag('server.debugMode', false, 'Log every request of the API'),
  text('server.swaggerBasePath', '', 'Base path written into the API description'),

  ...serverSpecs,

  text('milvus.user', '', 'Milvus user; empty: no login', { env: 'MILVUS_USER' }),
  text('milvus.password', '', 'Password of that user', { env: 'MILVUS_PASSWORD', secret: true }),
  text('milvus.grpc.address', 'localhost', 'Host of Milvus'),
  int('milvus.grpc.port', 19530, 'gRPC port of Milvus', { check: { kind: 'port' } }),
  text('milvus.grpc.tlsMode', 'disabled', 'TLS with Milvus', { check: oneOf(tlsModes) }),
  text('milvus.grpc.caCertPath', '', 'File with the certificate authority; empty: that of the system'),
  text('milvus.grpc.serverName', '', 'Name that the certificate of Milvus must have'),
  text('milvus.grpc.mtlsCertPath', '', 'mutual: file with our certificate'),
  text('milvus.grpc.mtlsKeyPath', '', 'mutual: file with its key'),
  text('milvus.rest.endpoint', '', 'URL of the REST API of Milvus; empty: made from the gRPC address', url),
  text('milvus.management.endpoint', 'http://localhost:9091', 'URL of the management port of Milvus', url),
  text('milvus.replicate.rpcChannelName', 'by-dev-replicate-msg', 'Replication channel of Milvus 2.5'),
  list('milvus.etcd.endpoints', ['localhost:2379'], 'etcd of Milvus; read only for extra index facts'),
  text('milvus.etcd.rootPath', 'by-dev', 'Root path of Milvus in etcd'),
  ...storageSpecs('milvus.storage'),

  ...storageSpecs('backup.storage'),
  int('backup.concurrency.collections', 4, 'Collections that are backed up at once', positive),
  int('backup.concurrency.segments', 1024, 'Segments that are backed up at once', positive),
  flag('backup.pauseGC', true, 'Stop the garbage collection of Milvus during a backup'),

  int('restore.concurrency.collections', 2, 'Collections that are restored at once', positive),
  int('restore.concurrency.importJobs', 768, 'Import jobs that Milvus is given at once', positive),
  int('restore.maxSegmentsPerImportJob', 256, 'Segments that one import job may hold', positive),
  flag('restore.keepTempFiles', false, 'Keep the objects that were staged for a restore'),

  text('transfer.mode', 'auto', 'How objects move between two stores', { check: oneOf(transferModes) }),
  int('transfer.concurrency', 128, 'Objects in flight', positive),
  int('transfer.multipartCopyThresholdMiB', 500, 'Size in MiB from which a copy is made in parts', positive),
  int(
    'transfer.maxBytesPerSecond',
    0,
    'Bytes per second that are read, and that are written; 0: no limit',
    notNegative,
  ),
  int('transfer.maxRequestsPerSecond', 0, 'Requests per second to both stores; 0: no limit', notNegative),

  text('zillizCloud.endpoint', 'https://api.cloud.zilliz.com', 'API of Zilliz Cloud', url),
  text('zillizCloud.apiKey', '', 'API key of Zilliz Cloud', { env: 'ZILLIZ_CLOUD_API_KEY', secret: true }),
]);
