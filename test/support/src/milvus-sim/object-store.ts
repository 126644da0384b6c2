import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

/** The bucket that a simulated Milvus keeps its data in. */
export interface ObjectStore {
  get(key: string): Promise<Buffer>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Whole keys below the prefix, in order. */
  list(prefix: string): Promise<readonly string[]>;
  remove(keys: readonly string[]): Promise<void>;
  /** Another bucket of the same server. */
  openBucket(name: string): ObjectStore;
  close(): void;
}

/** For tests that need no server. */
export function createMemoryStore(
  buckets = new Map<string, Map<string, Buffer>>(),
  name = 'memory',
): ObjectStore {
  const objects = buckets.get(name) ?? new Map<string, Buffer>();
  buckets.set(name, objects);
  return {
    async get(key) {
      const found = objects.get(key);
      if (found === undefined) throw new Error(`${name} has no object ${key}`);
      return found;
    },
    async put(key, bytes) {
      objects.set(key, Buffer.from(bytes));
    },
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
    async remove(keys) {
      for (const key of keys) objects.delete(key);
    },
    openBucket: (other) => createMemoryStore(buckets, other),
    close() {},
  };
}

export interface S3Place {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
}

export function createS3Store({ bucket, ...place }: S3Place): ObjectStore {
  const client = new S3Client({
    endpoint: place.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: place.accessKey, secretAccessKey: place.secretKey },
  });
  const open = (name: string): ObjectStore => ({
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
      if (Body === undefined) throw new NoSuchKey({ message: key, $metadata: {} });
      return Buffer.from(await Body.transformToByteArray());
    },
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: bytes }));
    },
    async list(prefix) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key = '' } of page.Contents ?? []) if (!Key.endsWith('/')) keys.push(Key);
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys;
    },
    async remove(keys) {
      for (let start = 0; start < keys.length; start += 1_000) {
        const Objects = keys.slice(start, start + 1_000).map((Key) => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } }));
      }
    },
    openBucket: open,
    close: () => client.destroy(),
  });
  return open(bucket);
}

/** Milvus makes its bucket when it is not there. */
export async function ensureBucket({ bucket, ...place }: S3Place): Promise<void> {
  const client = new S3Client({
    endpoint: place.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: place.accessKey, secretAccessKey: place.secretKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error) || !/^BucketAlready/.test(error.name)) throw error;
  } finally {
    client.destroy();
  }
}
