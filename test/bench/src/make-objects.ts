import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Server } from '@milvus-backup/test-support';

const MiB = 1024 ** 2;

/**
 * Objects that do not compress.
 * @param parts `one`: each of one request, as Milvus writes its logs; `many`: a multipart upload, whose etag is no MD5
 */
export async function makeObjects(
  server: S3Server,
  bucket: string,
  prefix: string,
  count: number,
  mebibytes: number,
  parts: 'one' | 'many',
): Promise<void> {
  const client = server.createClient();
  const block = randomBytes(MiB);
  async function* body(first: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < mebibytes; index++) {
      const part = Buffer.from(block);
      part.writeUInt32LE(first + index);
      yield part;
    }
  }
  try {
    for (let index = 0; index < count; index++) {
      const params = {
        Bucket: bucket,
        Key: `${prefix}${String(index).padStart(4, '0')}`,
        Body: Readable.from(body(index * mebibytes), { objectMode: true, highWaterMark: 1 }),
      };
      if (parts === 'many') await new Upload({ client, params, partSize: 8 * MiB }).done();
      else await client.send(new PutObjectCommand({ ...params, ContentLength: mebibytes * MiB }));
    }
  } finally {
    client.destroy();
  }
}
