import { createHash, type Hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type {
  BlockBlobCommitBlockListOptions,
  BlockBlobStageBlockOptions,
  ContainerClient,
} from '@azure/storage-blob';
import { BackupError, type PutBody, type PutOptions, readBody } from '@milvus-backup/core/driver';
import type { AzureClient } from './client.js';
import { crc64, loadCrc64 } from './crc64.js';
import type { AzureOptions } from './options.js';

/** Azure takes no more blocks in one blob. */
export const maxBlocks = 50_000;
/** Bytes up to which a body whose MD5 is known is one request, which Azure checks: blocks in memory would cost more than they gain. */
const singlePutLimit = 1024 ** 3;

export interface Uploaded {
  readonly size: number;
  readonly etag: string | undefined;
  readonly md5: Uint8Array | undefined;
  readonly lastModified: Date | undefined;
}

/**
 * One request for a body of up to one block, or one of known size and MD5 that is not very large; otherwise blocks side by
 * side, which count for nothing until the list of them is committed. What a failed upload has sent stays invisible, and
 * Azure drops it after a week: it has no call for that.
 */
export async function uploadObject(
  client: AzureClient,
  options: AzureOptions,
  key: string,
  body: PutBody,
  put: PutOptions,
): Promise<Uploaded> {
  const { size, signal } = put;
  const told = options.checksums && put.md5 !== undefined ? Buffer.from(put.md5, 'base64') : undefined;
  const how: Commit = {
    ...(signal ? { abortSignal: signal } : {}),
    ...(put.ifNoneMatch === '*' ? { conditions: { ifNoneMatch: '*' } } : {}),
  };
  const chunks = readBody(body, { key, size, signal });
  // An emulator is near, and hashes faster than this process: one stream then beats blocks side by side.
  const inOne = told !== undefined || (options.checksums && options.md5Blocks);
  if (inOne && size !== undefined && size > options.partSize && size <= singlePutLimit) {
    return await putStream(client, key, chunks, size, told, how);
  }
  const hash = options.checksums ? createHash('md5') : undefined;
  const blocks = cutBlocks(chunks, Math.max(options.partSize, Math.ceil((size ?? 0) / maxBlocks)));
  const first = await blocks.next();
  const block = first.value ?? Buffer.alloc(0);
  const second = first.done ? first : await blocks.next();
  const finisher = put.ifNoneMatch === '*' ? client.once : client.container;
  if (second.done) {
    const md5 = told ?? hash?.update(block).digest();
    const answer = await finisher.getBlockBlobClient(key).upload(block, block.length, {
      ...how,
      ...httpHeaders(md5),
    });
    return { size: block.length, etag: answer.etag, md5, lastModified: answer.lastModified };
  }
  async function* all(): AsyncGenerator<Buffer> {
    hash?.update(block);
    yield block;
    hash?.update(second.value ?? Buffer.alloc(0));
    yield second.value ?? Buffer.alloc(0);
    for await (const next of blocks) {
      hash?.update(next);
      yield next;
    }
  }
  const staged = await stageBlocks(client.container, options, key, all(), signal);
  const md5 = hash?.digest();
  if (told && md5 && !told.equals(md5)) throw otherContent(key);
  const answer = await finisher
    .getBlockBlobClient(key)
    .commitBlockList([...staged.ids], { ...how, ...httpHeaders(md5) });
  return { size: staged.size, etag: answer.etag, md5, lastModified: answer.lastModified };
}

/** What the request has that makes the object appear. */
type Commit = Pick<BlockBlobCommitBlockListOptions, 'abortSignal' | 'conditions'>;

/**
 * Bytes pass through without being held; whoever gave the body sends it again after a failure. Azure holds them against
 * their MD5 when it is known before; otherwise it tells the MD5 of what came, and what came damaged is removed.
 */
async function putStream(
  client: AzureClient,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  told: Buffer | undefined,
  how: Commit,
): Promise<Uploaded> {
  const hash = told ? undefined : createHash('md5');
  const stream = Readable.from(lastOneHeldBack(hash ? hashed(chunks, hash) : chunks), {
    objectMode: true,
    highWaterMark: 1,
  });
  // Sent once: a second try by the SDK would find the body read.
  const target = client.once.getBlockBlobClient(key);
  try {
    const answer = await target.upload(stream, size, {
      ...how,
      ...httpHeaders(told),
    });
    const md5 = told ?? hash?.digest();
    if (md5 && answer.contentMD5 && !md5.equals(answer.contentMD5)) {
      await target.deleteIfExists({ conditions: { ifMatch: answer.etag ?? '' } });
      throw otherContent(key);
    }
    return { size, etag: answer.etag, md5, lastModified: answer.lastModified };
  } finally {
    stream.destroy();
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The last chunk goes out when the source is known to end well: with it Azure would have the whole object. */
async function* lastOneHeldBack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (held !== undefined) yield held;
}

function otherContent(key: string): BackupError {
  return new BackupError({
    code: 'CHECKSUM_MISMATCH',
    message: `the data for "${key}" is not what its MD5 says`,
    remedy: 'run again; when it stays so, the source is damaged, or tells a wrong checksum',
    retryable: true,
    details: { key },
  });
}

/** Ids of one upload: of the length that the Go tool's have, as those of one blob must be, and like no other upload's. */
export function createBlockIds(): (index: number) => string {
  const upload = randomBytes(10);
  return (index) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(index);
    return Buffer.concat([upload, number]).toString('base64');
  };
}

/** Of a blob that is sent whole Azure checks the MD5; a block list leaves a blob with what it is told, or with none. */
export function httpHeaders(
  md5: Uint8Array | undefined,
): Pick<BlockBlobCommitBlockListOptions, 'blobHTTPHeaders'> {
  return {
    blobHTTPHeaders: {
      blobContentType: 'application/octet-stream',
      ...(md5 ? { blobContentMD5: md5 } : {}),
    },
  };
}

interface Staged {
  readonly ids: readonly string[];
  readonly size: number;
}

async function stageBlocks(
  container: ContainerClient,
  options: AzureOptions,
  key: string,
  blocks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<Staged> {
  if (options.checksums) await loadCrc64();
  const target = container.getBlockBlobClient(key);
  const idOf = createBlockIds();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const ids: string[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let size = 0;
  const send = async (id: string, block: Buffer): Promise<void> => {
    try {
      await target.stageBlock(id, block, block.length, {
        abortSignal: stop.signal,
        ...blockChecksum(options, block),
      });
    } catch (error) {
      failure ??= { error };
      stop.abort();
    }
  };
  try {
    for await (const block of blocks) {
      const id = idOf(ids.length);
      ids.push(id);
      size += block.length;
      const sent: Promise<void> = send(id, block).finally(() => underWay.delete(sent));
      underWay.add(sent);
      if (underWay.size >= options.partConcurrency) await Promise.race(underWay);
      if (failure) break;
    }
  } catch (error) {
    failure ??= { error };
    stop.abort();
  } finally {
    await Promise.all(underWay);
    signal?.removeEventListener('abort', onAbort);
  }
  if (failure) throw failure.error;
  return { ids, size };
}

function blockChecksum({ checksums, md5Blocks }: AzureOptions, block: Buffer): BlockBlobStageBlockOptions {
  if (!checksums) return {};
  return md5Blocks
    ? { transactionalContentMD5: createHash('md5').update(block).digest() }
    : { transactionalContentCrc64: crc64(block) };
}

/** Cuts a body into blocks of one size, the last one shorter. Bytes are copied unless a chunk is a block, or larger. */
async function* cutBlocks(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of body) {
    let from = 0;
    while (from < chunk.length) {
      const part = chunk.subarray(from, from + size - held);
      parts.push(part);
      held += part.length;
      from += part.length;
      if (held < size) continue;
      const block = join(parts, held);
      parts = [];
      held = 0;
      yield block;
    }
  }
  if (held > 0) yield join(parts, held);
}

function join(parts: readonly Uint8Array[], length: number): Buffer {
  const [only] = parts;
  return parts.length === 1 && only
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(parts, length);
}
