/** Providers of the Go tool; `driver` in a storage section names a package for any other. */
export const providers = [
  'local',
  'minio',
  's3',
  'aws',
  'gcp',
  'gcpnative',
  'azure',
  'aliyun',
  'tencent',
  'hwc',
] as const;
export type Provider = (typeof providers)[number];

export const authTypes = ['static', 'iam', 'default', 'sharedKey', 'serviceAccount'] as const;
export type AuthType = (typeof authTypes)[number];

/** One object store, in the words of schema v2 (`milvus.storage`, `backup.storage`). */
export interface StorageSection {
  /** Where this section stands in the file, for messages: `milvus.storage`, `backup.storage`, `storages.<name>`. */
  readonly path: string;
  readonly provider: Provider;
  /** A package that exports `driverPlugin`, instead of the one core knows for the provider. */
  readonly driver?: string;
  /** Handed to that package as it stands. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly address: string;
  readonly port: number;
  readonly region: string;
  readonly useSSL: boolean;
  readonly accountName: string;
  readonly bucketName: string;
  /** Key prefix without leading or trailing `/`; for `local` a directory. May be empty. */
  readonly rootPath: string;
  /** `local` only: the same directory as Milvus sees it; empty means `rootPath`. */
  readonly localPath: string;
  /** Host of this store as Milvus reaches it, when that differs from `address`; absent or empty: the same. */
  readonly milvusAddress?: string;
  /** Port to `milvusAddress`; absent or 0: the same as `port`. */
  readonly milvusPort?: number;
  readonly auth: StorageAuth;
}

export interface StorageAuth {
  readonly type: AuthType;
  readonly accessKeyID: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountKey: string;
  readonly credentialsFile: string;
  /** `iam`: replaces the provider's own endpoint for temporary credentials. */
  readonly endpoint: string;
}

export interface MilvusSection {
  readonly user: string;
  readonly password: string;
  readonly grpc: {
    readonly address: string;
    readonly port: number;
    readonly tlsMode: 'disabled' | 'server' | 'mutual';
    readonly caCertPath: string;
    readonly serverName: string;
    readonly mtlsCertPath: string;
    readonly mtlsKeyPath: string;
  };
  /** Empty: made from the gRPC address. */
  readonly rest: { readonly endpoint: string };
  readonly management: { readonly endpoint: string };
  readonly replicate: { readonly rpcChannelName: string };
  readonly etcd: { readonly endpoints: readonly string[]; readonly rootPath: string };
  readonly storage: StorageSection;
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const authModes = ['auto', 'none'] as const;
export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;

/** What a caller of the API may do; each role has the rights of those before it. */
export const roles = ['read', 'operate', 'admin'] as const;
export type ServerRole = (typeof roles)[number];

export interface ServerToken {
  /** Who it is, for the audit log. */
  readonly name: string;
  readonly role: ServerRole;
  /** The secret itself; empty when `tokenFile` holds it. */
  readonly token: string;
  /** Read again when it changes; empty when `token` is set. */
  readonly tokenFile: string;
}

export interface ClientRole {
  /** Common name or DNS name of a client certificate. */
  readonly name: string;
  readonly role: ServerRole;
}

/** The REST API: who may call it, how it is encrypted, and what one caller may take. */
export interface ServerSection {
  readonly debugMode: boolean;
  readonly swaggerBasePath: string;
  readonly auth: {
    readonly mode: (typeof authModes)[number];
    readonly tokens: readonly ServerToken[];
    readonly clients: readonly ClientRole[];
  };
  /** Paths of files in PEM; empty: none. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly clientCA: string;
    readonly minVersion: (typeof tlsVersions)[number];
  };
  readonly limits: {
    /** 0: no limit. */
    readonly requestsPerMinute: number;
    readonly bodyMiB: number;
    readonly connections: number;
  };
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  /** What a stopping server gives the runs under way to end by themselves. */
  readonly shutdownGraceSeconds: number;
}

/** The whole configuration, whatever schema it was written in. */
export interface BackupConfig {
  readonly log: {
    readonly level: LogLevel;
    readonly console: boolean;
    readonly file: {
      readonly path: string;
      readonly maxSizeMiB: number;
      readonly maxDays: number;
      readonly maxBackups: number;
    };
  };
  readonly server: ServerSection;
  readonly milvus: MilvusSection;
  readonly backup: {
    readonly storage: StorageSection;
    readonly concurrency: { readonly collections: number; readonly segments: number };
    readonly pauseGC: boolean;
  };
  /** Further stores for backups by their names, for `copy`. */
  readonly storages: Readonly<Record<string, StorageSection>>;
  readonly restore: {
    readonly concurrency: { readonly collections: number; readonly importJobs: number };
    readonly maxSegmentsPerImportJob: number;
    readonly keepTempFiles: boolean;
  };
  readonly transfer: {
    readonly mode: 'auto' | 'direct' | 'streaming';
    readonly concurrency: number;
    readonly multipartCopyThresholdMiB: number;
    /** Read, and as many written; 0: no limit. */
    readonly maxBytesPerSecond: number;
    /** To both stores together, copies inside a store among them; 0: no limit. */
    readonly maxRequestsPerSecond: number;
  };
  readonly zillizCloud: { readonly endpoint: string; readonly apiKey: string };
}

/** `file` and `env` also stand for a secret that was read by reference (`${file:…}`, `${env:…}`). */
export type ConfigSource = 'default' | 'config' | 'env' | 'file' | 'override' | 'inherited';

/** One resolved setting and where it came from. */
export interface ConfigEntry {
  /** v2 key, e.g. `milvus.grpc.port`. */
  readonly key: string;
  /** Printable; secrets masked. */
  readonly value: string;
  readonly source: ConfigSource;
  /** The key, variable, file of a secret or `--set` name that was used; empty for defaults. */
  readonly sourceKey: string;
  /** Line in the file, from 1, when it came from there. */
  readonly line?: number;
}

export interface ResolvedConfig {
  readonly value: BackupConfig;
  readonly version: 'v1' | 'v2';
  /** Absolute path of the file that was read; `null` when none was. */
  readonly file: string | null;
  readonly entries: readonly ConfigEntry[];
  /** Sentences for the user: unknown keys, fallbacks. */
  readonly warnings: readonly string[];
}
