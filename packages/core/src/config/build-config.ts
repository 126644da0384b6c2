import { BackupError } from '../errors/index.js';
import type { SettingValue } from './key-spec.js';
import { namedStorages, storagePathsOf } from './named-storages.js';
import { tlsModes, transferModes } from './schema-v2.js';
import type { StoragePath } from './schema-v2-storage.js';
import { toClients, toTokens } from './server-records.js';
import type { Settings } from './setting.js';
import {
  authModes,
  authTypes,
  type BackupConfig,
  logLevels,
  providers,
  type ServerSection,
  type StorageSection,
  tlsVersions,
} from './types.js';

/** Puts checked settings of schema v2 into their typed shape. */
export function buildConfig(settings: Settings): BackupConfig {
  const { str, int, bool, list, word } = createReader(settings);
  return {
    log: {
      // the Go tool's levels above error stop a program there; here they only choose what is shown
      level:
        logLevels.find((level) => level === str('log.level').toLowerCase()) ??
        (str('log.level') === '' ? 'info' : 'error'),
      console: bool('log.console'),
      file: {
        path: str('log.file.path'),
        maxSizeMiB: int('log.file.maxSizeMiB') || 300,
        maxDays: int('log.file.maxDays'),
        maxBackups: int('log.file.maxBackups'),
      },
    },
    server: buildServer(settings),
    milvus: {
      user: str('milvus.user'),
      password: str('milvus.password'),
      grpc: {
        address: str('milvus.grpc.address'),
        port: int('milvus.grpc.port'),
        tlsMode: word('milvus.grpc.tlsMode', tlsModes),
        caCertPath: str('milvus.grpc.caCertPath'),
        serverName: str('milvus.grpc.serverName'),
        mtlsCertPath: str('milvus.grpc.mtlsCertPath'),
        mtlsKeyPath: str('milvus.grpc.mtlsKeyPath'),
      },
      rest: { endpoint: str('milvus.rest.endpoint') },
      management: { endpoint: str('milvus.management.endpoint') },
      replicate: { rpcChannelName: str('milvus.replicate.rpcChannelName') },
      etcd: { endpoints: list('milvus.etcd.endpoints'), rootPath: str('milvus.etcd.rootPath') },
      storage: buildStorage(settings, 'milvus.storage'),
    },
    backup: {
      storage: buildStorage(settings, 'backup.storage'),
      concurrency: {
        collections: int('backup.concurrency.collections'),
        segments: int('backup.concurrency.segments'),
      },
      pauseGC: bool('backup.pauseGC'),
    },
    storages: Object.fromEntries(
      storagePathsOf(settings).map((path) => [
        path.slice(namedStorages.length + 1),
        buildStorage(settings, path),
      ]),
    ),
    restore: {
      concurrency: {
        collections: int('restore.concurrency.collections'),
        importJobs: int('restore.concurrency.importJobs'),
      },
      maxSegmentsPerImportJob: int('restore.maxSegmentsPerImportJob'),
      keepTempFiles: bool('restore.keepTempFiles'),
    },
    transfer: {
      mode: word('transfer.mode', transferModes),
      concurrency: int('transfer.concurrency'),
      multipartCopyThresholdMiB: int('transfer.multipartCopyThresholdMiB'),
      maxBytesPerSecond: int('transfer.maxBytesPerSecond'),
      maxRequestsPerSecond: int('transfer.maxRequestsPerSecond'),
    },
    zillizCloud: { endpoint: str('zillizCloud.endpoint'), apiKey: str('zillizCloud.apiKey') },
  };
}

function buildServer(settings: Settings): ServerSection {
  const { str, int, bool, list, word } = createReader(settings);
  const token = str('server.auth.token');
  return {
    debugMode: bool('server.debugMode'),
    swaggerBasePath: str('server.swaggerBasePath'),
    auth: {
      mode: word('server.auth.mode', authModes),
      tokens: [
        ...(token === '' ? [] : [{ name: 'default', role: 'admin', token, tokenFile: '' } as const]),
        ...toTokens(settings.get('server.auth.tokens')),
      ],
      clients: toClients(settings.get('server.auth.clients')),
    },
    tls: {
      cert: str('server.tls.cert'),
      key: str('server.tls.key'),
      clientCA: str('server.tls.clientCA'),
      minVersion: word('server.tls.minVersion', tlsVersions),
    },
    limits: {
      requestsPerMinute: int('server.limits.requestsPerMinute'),
      bodyMiB: int('server.limits.bodyMiB'),
      connections: int('server.limits.connections'),
    },
    corsOrigins: list('server.corsOrigins'),
    allowedHosts: list('server.allowedHosts'),
    shutdownGraceSeconds: int('server.shutdownGraceSeconds'),
  };
}

function buildStorage(settings: Settings, path: StoragePath): StorageSection {
  const { str, int, bool, options, word } = createReader(settings);
  const provider = word(`${path}.provider`, providers);
  const driver = str(`${path}.driver`);
  const optionValues = options(`${path}.options`);
  const rootPath = str(`${path}.rootPath`);
  return {
    path,
    provider,
    ...(driver === '' ? {} : { driver }),
    ...(Object.keys(optionValues).length === 0 ? {} : { options: optionValues }),
    address: str(`${path}.address`),
    port: int(`${path}.port`),
    region: str(`${path}.region`),
    useSSL: bool(`${path}.useSSL`),
    accountName: str(`${path}.accountName`),
    bucketName: str(`${path}.bucketName`),
    // a key has no leading slash; a directory may well have one
    rootPath: provider === 'local' ? rootPath : rootPath.replace(/^\/+|\/+$/g, ''),
    localPath: str(`${path}.localPath`),
    milvusAddress: str(`${path}.milvusAddress`),
    milvusPort: int(`${path}.milvusPort`),
    auth: {
      type: word(`${path}.auth.type`, authTypes),
      accessKeyID: str(`${path}.auth.accessKeyID`),
      secretAccessKey: str(`${path}.auth.secretAccessKey`),
      sessionToken: str(`${path}.auth.sessionToken`),
      accountKey: str(`${path}.auth.accountKey`),
      credentialsFile: str(`${path}.auth.credentialsFile`),
      endpoint: str(`${path}.auth.endpoint`),
    },
  };
}

/** Reads values by key and type. A wrong type is a mistake of the tables, not of the user. */
function createReader(settings: Settings) {
  const get = <T extends SettingValue>(
    key: string,
    is: (value: SettingValue | undefined) => value is T,
  ): T => {
    const value = settings.get(key)?.value;
    if (!is(value)) throw new BackupError({ code: 'INTERNAL', message: `no setting ${key} of this type` });
    return value;
  };
  const str = (key: string): string => get(key, (value) => typeof value === 'string');
  return {
    str,
    int: (key: string): number => get(key, (value) => typeof value === 'number'),
    bool: (key: string): boolean => get(key, (value) => typeof value === 'boolean'),
    list: (key: string): readonly string[] => get(key, isList),
    options: (key: string): Readonly<Record<string, unknown>> => get(key, isRecord),
    word: <T extends string>(key: string, words: readonly T[]): T =>
      get(key, (value): value is T => words.some((word) => word === value)),
  };
}

const isList = (value: SettingValue | undefined): value is readonly string[] => Array.isArray(value);

const isRecord = (value: SettingValue | undefined): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && !Array.isArray(value);
