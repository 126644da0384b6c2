import { createS3Store, type ObjectStore } from './object-store.js';
import { badParameter } from './sim-error.js';
import type { World } from './world.js';

/** A folder, or an object, that a URI names. */
export interface OpenPlace {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Without slashes at its ends. */
  readonly key: string;
  close(): void;
}

interface Extfs {
  readonly extfs?: Readonly<Record<string, unknown>>;
}

const providers = ['aws', 'minio', 'aliyun', 'tencent', 'huawei', 'gcp'];

/**
 * `s3://bucket/key` is in this server's own store, and so is `minio://endpoint/bucket/key` without a spec; with one it is in the
 * server at that endpoint, by the keys of the spec. As Milvus has it, all members of `extfs` are texts.
 * @throws SimError
 */
export function openPlace(world: World, uri: string, spec: string): OpenPlace {
  const [, scheme = '', rest = ''] = /^(\w+):\/\/([^?#@]+)$/.exec(uri) ?? [];
  const [first = '', ...path] = rest.replace(/\/+$/, '').split('/');
  if (path.length === 0 || path.includes('..')) throw badParameter(`cannot open ${uri}`);
  if (scheme === 's3' || scheme === 'gcs') return ownPlace(world, first, path);
  const [bucket = '', ...key] = path;
  if (scheme !== 'minio' || key.length === 0) throw badParameter(`cannot open ${uri}`);
  if (spec === '') return ownPlace(world, bucket, key);
  const access = readExtfs(spec);
  const store = createS3Store({
    endpoint: `${access.use_ssl === 'true' ? 'https' : 'http'}://${first}`,
    accessKey: access.access_key_id ?? '',
    secretKey: access.access_key_value ?? '',
    bucket,
  });
  return { store, bucket, key: key.join('/'), close: () => store.close() };
}

function ownPlace(world: World, bucket: string, key: readonly string[]): OpenPlace {
  const store = world.store.openBucket(bucket);
  return { store, bucket, key: key.join('/'), close() {} };
}

function readExtfs(spec: string): Readonly<Record<string, string>> {
  const { extfs } = JSON.parse(spec) as Extfs;
  if (extfs === undefined) throw badParameter('external_spec has no extfs');
  const members = Object.entries(extfs).map(([key, value]): [string, string] => {
    if (typeof value !== 'string') throw badParameter(`extfs.${key} is no string`);
    return [key, value];
  });
  const access = Object.fromEntries(members);
  if (!providers.includes(access.cloud_provider ?? '')) {
    throw badParameter(`extfs.cloud_provider ${access.cloud_provider} is not supported`);
  }
  return access;
}
