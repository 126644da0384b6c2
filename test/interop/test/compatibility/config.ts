import { better, of, type Table, works } from './row.js';

const storageKeys = [
  'provider',
  'address',
  'port',
  'region',
  'useSSL',
  'accountName',
  'bucketName',
  'rootPath',
  'localPath',
  'milvusAddress',
  'milvusPort',
  'auth.type',
  'auth.accessKeyID',
  'auth.secretAccessKey',
  'auth.sessionToken',
  'auth.accountKey',
  'auth.credentialsFile',
  'auth.endpoint',
];
const both = (...names: readonly string[]): readonly string[] =>
  ['milvus', 'backup'].flatMap((owner) => of('v2', ...names.map((name) => `${owner}.storage.${name}`)));
const minio = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) =>
    of('v1', `minio.${name}`, `minio.backup${name.charAt(0).toUpperCase()}${name.slice(1)}`),
  );

export const config: Table = {
  title: 'Configuration',
  intro: 'Names are keys of the file, after the schema that they belong to.',
  sections: [
    {
      title: 'Loading',
      rows: [
        works('precedence: `--set`, environment, file, default'),
        better(
          'search for the file: as given, `$MILVUSCONF`, `./configs`',
          'a file found elsewhere than named is told; the folder of the source tree is not searched',
        ),
        better('file not found', 'the same message and exit code 2, without a stack trace'),
        works('`--config ""`: no file, keys of v2'),
        works('keys in any case, nested maps joined by dots; null is absent, an empty text is a value'),
        better('unknown keys', 'a warning with line and nearest known key in both schemas'),
        works(
          'root that is no map; broken YAML; a key twice',
          'fatal as there, told with the line and never with the text, which may be a secret',
        ),
        works('types from the file: whole floats, numbers in quotes, the words for yes and no'),
        better(
          'unquoted numbers with a leading zero',
          'read as text for text keys and refused for numbers, each with a word about the other tool',
        ),
        works('types from environment and `--set`', 'decimal numbers only'),
        better(
          '`MILVUS_PORT=tcp://…` of Kubernetes',
          'ignored with a warning instead of the end of the program',
        ),
        works('empty environment variable: a value'),
        works('errors', 'all problems together, one line each, in both schemas'),
        works('paths of log, certificates, key files and local stores: from the working directory'),
        better(
          'secrets',
          `\`\${file:/path}\` and \`\${env:NAME}\` stand for a secret in every key with credentials`,
        ),
      ],
    },
    {
      title: 'Schema v1',
      rows: [
        works(
          'log',
          'any level of the Go tool; those above error count as error; the console is stderr',
          of('v1', 'log.level', 'log.console', 'log.file.maxSize', 'log.file.maxDays', 'log.file.maxBackups'),
        ),
        better(
          'log file',
          'written when the configuration names one, never by default; opened before anything starts',
          of('v1', 'log.file.filename'),
        ),
        works('`http.enabled`', 'no effect, as there; `false` is told', of('v1', 'http.enabled')),
        works('server', undefined, of('v1', 'http.debugMode', 'http.swaggerBasePath')),
        works('Zilliz Cloud', undefined, of('v1', 'cloud.address', 'cloud.apikey')),
        works(
          'Milvus',
          undefined,
          of(
            'v1',
            'milvus.address',
            'milvus.port',
            'milvus.user',
            'milvus.password',
            'milvus.tlsMode',
            'milvus.caCertPath',
            'milvus.serverName',
            'milvus.mtlsCertPath',
            'milvus.mtlsKeyPath',
          ),
        ),
        works('replication channel', 'Milvus 2.5 alone has it', of('v1', 'milvus.rpcChannelName')),
        works(
          'etcd',
          'used by `--backup_index_extra` only; the next endpoint is asked when one does not answer',
          of('v1', 'milvus.etcd.endpoints', 'milvus.etcd.rootPath'),
        ),
        works(
          'kind of store, with its older spellings and short names',
          'in any case of letters',
          of(
            'v1',
            'minio.storageType',
            'storage.storageType',
            'minio.cloudProvider',
            'minio.backupStorageType',
            'storage.backupStorageType',
          ),
        ),
        works(
          'stores; each `backup…` key takes the value of Milvus when it is set nowhere',
          undefined,
          minio(
            'address',
            'port',
            'region',
            'accessKeyID',
            'secretAccessKey',
            'token',
            'gcpCredentialJSON',
            'useSSL',
            'useIAM',
            'iamEndpoint',
            'bucketName',
            'rootPath',
          ),
        ),
        works(
          'how objects move',
          undefined,
          of('v1', 'minio.crossStorage', 'minio.multipartCopyThresholdMiB'),
        ),
        better(
          'parallelism',
          '0 is refused instead of waiting for ever',
          of(
            'v1',
            'backup.parallelism.copydata',
            'backup.parallelism.backupCollection',
            'backup.parallelism.backupSegment',
            'backup.parallelism.restoreCollection',
            'backup.parallelism.importJob',
          ),
        ),
        works(
          'staged objects, garbage collection',
          undefined,
          of('v1', 'backup.keepTempFiles', 'backup.gcPause.enable', 'backup.gcPause.address'),
        ),
        better(
          'environment variables of v1',
          'all of them; with a file of v2 each that has no effect any more is told',
        ),
      ],
    },
    {
      title: 'Schema v2',
      rows: [
        works(
          'version switch',
          'names in any case; an unknown version is refused',
          of('v2', 'configVersion').concat(of('v1', 'configVersion')),
        ),
        works(
          'log',
          undefined,
          of(
            'v2',
            'log.level',
            'log.console',
            'log.file.path',
            'log.file.maxSizeMiB',
            'log.file.maxDays',
            'log.file.maxBackups',
          ),
        ),
        works('server', undefined, of('v2', 'server.debugMode', 'server.swaggerBasePath')),
        works(
          'Milvus',
          undefined,
          of(
            'v2',
            'milvus.user',
            'milvus.password',
            'milvus.grpc.address',
            'milvus.grpc.port',
            'milvus.grpc.tlsMode',
            'milvus.grpc.caCertPath',
            'milvus.grpc.serverName',
            'milvus.grpc.mtlsCertPath',
            'milvus.grpc.mtlsKeyPath',
            'milvus.management.endpoint',
          ),
        ),
        works(
          'REST address of Milvus',
          'logs of segments from Milvus 2.5.8 on, import jobs from 2.4 on',
          of('v2', 'milvus.rest.endpoint'),
        ),
        works('replication channel', 'Milvus 2.5 alone has it', of('v2', 'milvus.replicate.rpcChannelName')),
        works(
          'etcd',
          'used by `--backup_index_extra` only; the next endpoint is asked when one does not answer',
          of('v2', 'milvus.etcd.endpoints', 'milvus.etcd.rootPath'),
        ),
        works('stores, with the inheritance of the section for backups', undefined, both(...storageKeys)),
        better('gcpnative with `auth.type: default`', 'works, where the Go tool accepts it and then fails'),
        works(
          'backup',
          undefined,
          of('v2', 'backup.concurrency.collections', 'backup.concurrency.segments', 'backup.pauseGC'),
        ),
        works(
          'restore',
          undefined,
          of(
            'v2',
            'restore.concurrency.collections',
            'restore.concurrency.importJobs',
            'restore.maxSegmentsPerImportJob',
            'restore.keepTempFiles',
          ),
        ),
        works(
          'transfer',
          undefined,
          of('v2', 'transfer.mode', 'transfer.concurrency', 'transfer.multipartCopyThresholdMiB'),
        ),
        works('Zilliz Cloud', undefined, of('v2', 'zillizCloud.endpoint', 'zillizCloud.apiKey')),
        works(
          'checks: words, ports, positive numbers, URLs, what belongs to which provider and authentication',
        ),
        works('keys and `--set` of v1 in a set-up of v2', 'a warning with the new key'),
        works('environment variables of v2'),
      ],
    },
    {
      title: 'Translation and listing',
      rows: [
        works(
          'v1 to v2 in memory and by `config migrate`',
          'report on stderr; secrets of the environment are not written',
        ),
        better(
          '`config show`',
          'keys of v2 instead of names of Go fields; sources of a v1 file are told, inherited ones by name; `--json`',
        ),
        works('masking', 'up to four bytes in full, else two characters at each end stay'),
        better('JSON Schema', 'for editors, made from the same tables; the sample files name it'),
      ],
    },
    {
      title: 'Ours',
      rows: [
        better(
          'driver of your own',
          'a package by name, with options',
          both('driver', 'options').concat(minio('driver', 'options')),
        ),
        better('further stores', 'by name, for `copy`', of('v2', 'storages')),
        better(
          'limits of traffic',
          '0 is no limit',
          of('v2', 'transfer.maxBytesPerSecond', 'transfer.maxRequestsPerSecond'),
        ),
        better(
          'authentication, TLS and limits of the server',
          'also in a file of v1',
          ['v1', 'v2'].flatMap((schema) =>
            of(
              schema,
              'server.auth',
              'server.tls.cert',
              'server.tls.key',
              'server.tls.clientCA',
              'server.tls.minVersion',
              'server.limits.requestsPerMinute',
              'server.limits.bodyMiB',
              'server.limits.connections',
              'server.corsOrigins',
              'server.allowedHosts',
              'server.shutdownGraceSeconds',
            ),
          ),
        ),
      ],
    },
  ],
};
