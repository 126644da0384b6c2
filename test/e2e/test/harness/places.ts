import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import {
  type ConfigTree,
  gcsAvailable,
  type S3Server,
  startAzurite,
  startGcs,
  startS3,
} from '@milvus-backup/test-support';
import { openBucket } from './buckets.js';

/** Somewhere that backups are kept, looked at without any code of the product. */
export interface Place {
  /** What `minio` of a `backup.yaml` says of it in the first schema, as the Go tool reads it. */
  readonly v1: ConfigTree;
  /** `backup.storage` of the second schema. */
  readonly v2: ConfigTree;
  /** What comes before the name of a backup in every key. */
  readonly prefix: string;
  /** Whole keys of all that is there; of a directory also the folders, with a slash at the end. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface PlaceKind {
  readonly name: string;
  /** @param near the S3 server with the data of a Milvus @param dir an empty folder for what is kept on disk */
  readonly open: (near: S3Server, dir: string) => Promise<Place>;
}

const bucket = 'kept-elsewhere';

function s3Place(server: S3Server, bucketName: string, rootPath: string, stop: () => Promise<void>): Place {
  const { address, port, accessKey, secretKey } = server;
  const client = server.createClient();
  const where = { address, port, bucketName, rootPath };
  return {
    v1: {
      ...forBackup({ storageType: 'minio', ...where }),
      ...forBackup({ accessKeyID: accessKey, secretAccessKey: secretKey }),
    },
    v2: {
      provider: 'minio',
      ...where,
      auth: { type: 'static', accessKeyID: accessKey, secretAccessKey: secretKey },
    },
    prefix: rootPath === '' ? '' : `${rootPath}/`,
    keys: async () => [...(await openBucket(client, bucketName).list()).keys()],
    async stop() {
      client.destroy();
      await stop();
    },
  };
}

const sameS3: PlaceKind = {
  name: 'S3, the endpoint of the data',
  open: async (near) => s3Place(near, 'backup-bucket', 'deep/root', async () => {}),
};

const otherS3: PlaceKind = {
  name: 'S3, a second endpoint',
  async open() {
    const server = await startS3({ buckets: [bucket], accessKey: 'far-key', secretKey: 'far-secret-key' });
    return s3Place(server, bucket, '', () => server.stop());
  },
};

const azure: PlaceKind = {
  name: 'Azure',
  async open() {
    const server = await startAzurite({ containers: [bucket] });
    const { address, port, accountName, accountKey } = server;
    const container = BlobServiceClient.fromConnectionString(
      server.accounts[0]?.connectionString ?? '',
    ).getContainerClient(bucket);
    const where = { address, port, bucketName: bucket, rootPath: 'backup' };
    return {
      v1: {
        ...forBackup({ storageType: 'azure', ...where }),
        ...forBackup({ accessKeyID: accountName, secretAccessKey: accountKey }),
      },
      v2: { provider: 'azure', ...where, accountName, auth: { type: 'sharedKey', accountKey } },
      prefix: 'backup/',
      async keys() {
        const found: string[] = [];
        for await (const blob of container.listBlobsFlat()) found.push(blob.name);
        return found;
      },
      stop: () => server.stop(),
    };
  },
};

const gcs: PlaceKind = {
  name: 'GCS',
  async open() {
    const server = await startGcs({ buckets: [bucket] });
    const { address, port } = server;
    const where = { address, port, bucketName: bucket, rootPath: 'all/backups' };
    const options = { anonymous: true };
    return {
      v1: forBackup({ storageType: 'gcpnative', ...where, useIAM: true, options }),
      v2: { provider: 'gcpnative', ...where, auth: { type: 'default' }, options },
      prefix: 'all/backups/',
      async keys() {
        const reply = await fetch(`${server.endpoint}/storage/v1/b/${bucket}/o`);
        if (!reply.ok) throw new Error(`fake-gcs-server answered ${reply.status} to a list`);
        const { items = [] } = (await reply.json()) as { items?: { name: string }[] };
        return items.map(({ name }) => name);
      },
      stop: () => server.stop(),
    };
  },
};

const local: PlaceKind = {
  name: 'a directory',
  async open(_near, dir) {
    const rootPath = join(dir, 'on-disk');
    return {
      v1: forBackup({ storageType: 'local', rootPath }),
      v2: { provider: 'local', rootPath },
      prefix: '',
      async keys() {
        const entries = await readdir(rootPath, { recursive: true, withFileTypes: true }).catch(noneIfAbsent);
        return entries.map((entry) => {
          const key = relative(rootPath, join(entry.parentPath, entry.name));
          return entry.isDirectory() ? `${key}/` : key;
        });
      },
      async stop() {},
    };
  },
};

/** Every store that backups can be kept in; without Go, and not in CI, all but Google's. */
export const placeKinds: readonly PlaceKind[] = [
  sameS3,
  otherS3,
  azure,
  ...((await gcsAvailable()) ? [gcs] : []),
  local,
];

/** `minio.backupX` for each `X`. */
function forBackup(section: ConfigTree): ConfigTree {
  const entries = Object.entries(section);
  return Object.fromEntries(
    entries.map(([name, value]) => [`backup${name.charAt(0).toUpperCase()}${name.slice(1)}`, value]),
  );
}

function noneIfAbsent(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
