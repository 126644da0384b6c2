import { randomUUID } from 'node:crypto';
import { type ObjectInfo, type PutBody, readBody } from '@milvus-backup/core/driver';
import { wrongBytes } from './body.js';
import { ByteQueue } from './byte-queue.js';
import type { GcsClient } from './client.js';
import { crc32cOf } from './crc32c.js';
import { infoOf, objectFields, objectPath } from './object.js';
import { uploadInSession } from './session.js';
import { onlyNew, type UploadJob } from './upload-job.js';

const MiB = 1024 * 1024;
/** Bytes. Up to here an object goes out by one request that knows its checksum before it begins. */
const simpleLimit = 8 * MiB;
const contentType = 'application/octet-stream';

/**
 * Writes an object. A small one goes by a single request; a large one by a session, whose last request carries the
 * checksum of the whole, so that the store refuses wrong bytes before the object appears.
 */
export async function uploadObject(client: GcsClient, job: UploadJob, body: PutBody): Promise<ObjectInfo> {
  const size = job.size ?? (body instanceof Uint8Array ? body.length : undefined);
  const queue = new ByteQueue(readBody(body, { key: job.key, size, signal: job.signal }));
  try {
    if (size !== undefined && size > simpleLimit) {
      return await checked(client, job, await uploadInSession(client, job, { queue, size }));
    }
    const first = await queue.take(size ?? job.chunkSize);
    if (first.last) {
      const sum = crc32cOf(first.data);
      return await checked(client, job, { answer: await sendWhole(client, job, first.data, sum), sum });
    }
    return await checked(client, job, await uploadInSession(client, job, { queue, first: first.data }));
  } finally {
    await queue.close();
  }
}

/** Metadata and content in one request, which the store takes as a whole or not at all. */
async function sendWhole(
  client: GcsClient,
  job: UploadJob,
  data: Buffer,
  crc32c: string,
): Promise<Readonly<Record<string, unknown>>> {
  const boundary = `part-${randomUUID()}`;
  const metadata = JSON.stringify({ name: job.key, contentType, crc32c });
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n`),
    Buffer.from(`--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`),
    data,
    Buffer.from(`\r\n--${boundary}--`),
  ]);
  const answer = await client.send({
    method: 'POST',
    upload: true,
    path: objectPath(job.bucket),
    params: { uploadType: 'multipart', fields: objectFields, ...onlyNew(job) },
    headers: { 'Content-Type': `multipart/related; boundary=${boundary}` },
    body,
    signal: job.signal,
    settles: true,
    again: job.ifNoneMatch ? 'refused' : 'always',
  });
  return answer.data;
}

/** What the store says it has must be what was sent; otherwise just that generation is taken away again. */
async function checked(
  client: GcsClient,
  job: UploadJob,
  { answer, sum }: { readonly answer: Readonly<Record<string, unknown>>; readonly sum: string },
): Promise<ObjectInfo> {
  const info = infoOf(job.key, answer);
  if (info.checksum === undefined || info.checksum.value === sum) return info;
  const generation = info.etag === undefined ? {} : { generation: info.etag, ifGenerationMatch: info.etag };
  await client.send({
    method: 'DELETE',
    path: objectPath(job.bucket, job.key),
    params: generation,
    settles: true,
    again: 'always',
    accepts: (status) => status < 300 || status === 404 || status === 412,
  });
  throw wrongBytes(job.key);
}
