import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A bucket as a plain map of keys, read and written without any code of the product. */
export interface Bucket {
  readonly name: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Buffer>;
  /** Keys below the prefix, whole, to sizes in bytes. */
  list(prefix: string): Promise<ReadonlyMap<string, number>>;
}

export function openBucket(client: S3Client, name: string): Bucket {
  return {
    name,
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: bytes }));
    },
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
      if (Body === undefined) throw new Error(`${name}/${key} has no body`);
      return Buffer.from(await Body.transformToByteArray());
    },
    async list(prefix) {
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
  };
}

/** Puts a golden backup where a tool would have written it. */
export async function uploadBackup(
  bucket: Bucket,
  root: string,
  name: string,
  objects: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [key, bytes] of objects) await bucket.put(`${root}/${name}/${key}`, bytes);
}
