import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** One bucket, looked at without any code of the product. */
export interface Bucket {
  readonly name: string;
  /** Whole keys below the prefix, to sizes in bytes. */
  list(prefix?: string): Promise<ReadonlyMap<string, number>>;
  get(key: string): Promise<Buffer>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(keys: Iterable<string>): Promise<void>;
}

export function openBucket(client: S3Client, name: string): Bucket {
  return {
    name,
    async list(prefix = '') {
      const found = new Map<string, number>();
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key = '', Size = 0 } of page.Contents ?? []) found.set(Key, Size);
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return found;
    },
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
      if (Body === undefined) throw new Error(`${name}/${key} has no body`);
      return Buffer.from(await Body.transformToByteArray());
    },
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: bytes }));
    },
    async remove(keys) {
      for (const key of keys) await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
    },
  };
}

/** Where a restore puts objects for Milvus to import; nothing of it may stay. */
export async function stagedKeys(bucket: Pick<Bucket, 'list'>): Promise<string[]> {
  return [...(await bucket.list('restore-temp-')).keys()];
}
