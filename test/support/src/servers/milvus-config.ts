import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** Where a Milvus keeps its data. */
export type MilvusStorage =
  | {
      readonly kind: 's3';
      readonly address: string;
      readonly port: number;
      readonly accessKey: string;
      readonly secretKey: string;
      readonly bucket: string;
      readonly rootPath: string;
    }
  | {
      readonly kind: 'local';
      /** The folder with `insert_log/…`. */
      readonly path: string;
    };

export const milvusPortNames = [
  'proxy',
  'proxyInternal',
  'management',
  'etcdClient',
  'etcdPeer',
  'rootCoord',
  'queryCoord',
  'queryNode',
  'indexCoord',
  'indexNode',
  'dataCoord',
  'dataNode',
] as const;

export type MilvusPorts = Readonly<Record<(typeof milvusPortNames)[number], number>>;

/** A part of `milvus.yaml`; maps are merged into the server's own, other values replace. */
export interface ConfigTree {
  readonly [key: string]: ConfigTree | string | number | boolean | null | readonly (string | number)[];
}

export interface MilvusConfigInput {
  readonly base: string;
  readonly ports: MilvusPorts;
  readonly storage: MilvusStorage;
  readonly authorization: boolean;
  readonly overrides: ConfigTree | undefined;
}

/** `{{ name(type): default }}` of the wheel's template: the default, or nothing. */
const placeholder = /\{\{\s*\w+(?:\(\w+\))?(?::\s*([^}]*?))?\s*\}\}/g;

/** `configs/milvus.yaml` from the template that comes with the server. */
export function renderMilvusConfig(template: string, input: MilvusConfigInput): string {
  const parsed: unknown = parse(template.replace(placeholder, (_, value?: string) => value ?? ''));
  let config = isTree(parsed) ? parsed : {};
  config = mergeTree(config, ownSettings(input));
  if (input.overrides) config = mergeTree(config, input.overrides);
  return stringify(config);
}

/** `configs/etcd.yaml`: the embedded etcd takes what it listens on from here and nowhere else. */
export function renderEtcdConfig(base: string, ports: MilvusPorts): string {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return stringify({
    name: 'default',
    'data-dir': join(base, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    // A throw-away database: waiting for the disk at every step only makes tests slow.
    'unsafe-no-fsync': true,
  });
}

function ownSettings({ base, ports, storage, authorization }: MilvusConfigInput): ConfigTree {
  const at = (port: number): ConfigTree => ({ ip: '127.0.0.1', port });
  return {
    etcd: {
      endpoints: `127.0.0.1:${ports.etcdClient}`,
      config: { path: join(base, 'configs', 'etcd.yaml') },
      data: { dir: join(base, 'etcd') },
      log: { level: 'warn' },
    },
    localStorage: { path: storage.kind === 'local' ? storage.path : join(base, 'data') },
    rocksmq: { path: join(base, 'rocksmq') },
    log: { file: { rootPath: join(base, 'logs') }, stdout: true },
    rootCoord: at(ports.rootCoord),
    proxy: { ...at(ports.proxy), internalPort: ports.proxyInternal },
    // Loading goes by polls of half a second to a second, which is most of the time that a small test takes.
    queryCoord: {
      ...at(ports.queryCoord),
      checkSegmentInterval: 200,
      checkChannelInterval: 200,
      distPullInterval: 200,
    },
    queryNode: at(ports.queryNode),
    indexCoord: { bindIndexNodeMode: { address: `127.0.0.1:${ports.indexCoord}` } },
    indexNode: at(ports.indexNode),
    dataCoord: at(ports.dataCoord),
    dataNode: at(ports.dataNode),
    common: {
      storageType: storage.kind === 's3' ? 'minio' : 'local',
      security: { authorizationEnabled: authorization },
    },
    ...(storage.kind === 's3' ? { minio: s3Settings(storage) } : {}),
  };
}

function s3Settings(storage: Extract<MilvusStorage, { kind: 's3' }>): ConfigTree {
  return {
    address: storage.address,
    port: storage.port,
    accessKeyID: storage.accessKey,
    secretAccessKey: storage.secretKey,
    useSSL: false,
    bucketName: storage.bucket,
    rootPath: storage.rootPath,
    cloudProvider: 'aws',
  };
}

/** `change` over `base`: maps are merged, other values replace. */
export function mergeTree(base: ConfigTree, change: ConfigTree): ConfigTree {
  const merged: Record<string, ConfigTree[string]> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const old = merged[key];
    merged[key] = isTree(old) && isTree(value) ? mergeTree(old, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is ConfigTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
