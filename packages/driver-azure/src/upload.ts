import { createHash, randomBytes } from 'node:crypto';
import type {
  BlockBlobCommitBlockListOptions,
  BlockBlobStageBlockOptions,
  ContainerClient,
} from '@azure/storage-blob';
import { type PutBody, type PutOptions, readBody } from '@milvus-backup/core/driver';
import type { AzureClient } from './client.js';
import { crc64, loadCrc64 } from './crc64.js';
import type { AzureOptions } from './options.js';

/** Azure takes no more blocks in one blob. */
export const maxBlocks = 50_000;

export interface Uploaded {
  readonly size: number;
  readonly etag: string | undefined;
  readonly md5: Uint8Array | undefined;
  readonly lastModified: Date | undefined;
}

/**
 * One request for a body of up to one block; otherwise blocks side by side, which count for nothing until the list of
 * them is committed. What a failed upload has sent stays invisible, and Azure drops it after a week: it has no call for that.
 */
export async function uploadObject(
  client: AzureClient,
  options: AzureOptions,
  key: string,
  body: PutBody,
  put: PutOptions,
): Promise<Uploaded> {
  const conditional = put.ifNoneMatch === '*';
  const hash = options.checksums ? createHash('md5') : undefined;
  const blocks = cutBlocks(
    readBody(body, { key, size: put.size, signal: put.signal }),
    Math.max(options.partSize, Math.ceil((put.size ?? 0) / maxBlocks)),
  );
  const first = await blocks.next();
  const block = first.value ?? Buffer.alloc(0);
  hash?.update(block);
  const second = first.done ? first : await blocks.next();
  const finisher = conditional ? client.once : client.container;
  const how = {
    ...(put.signal ? { abortSignal: put.signal } : {}),
    ...(conditional ? { conditions: { ifNoneMatch: '*' } } : {}),
  };
  if (second.done) {
    const md5 = hash?.digest();
    const answer = await finisher.getBlockBlobClient(key).upload(block, block.length, {
      ...how,
      ...httpHeaders(md5),
      ...(md5 ? { transactionalContentMD5: md5 } : {}),
    });
    return { size: block.length, etag: answer.etag, md5, lastModified: answer.lastModified };
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield block;
    hash?.update(second.value ?? Buffer.alloc(0));
    yield second.value ?? Buffer.alloc(0);
    for await (const next of blocks) {
      hash?.update(next);
      yield next;
    }
  }
  const staged = await stageBlocks(client.container, options, key, all(), put.signal);
  const md5 = hash?.digest();
  const answer = await finisher
    .getBlockBlobClient(key)
    .commitBlockList([...staged.ids], { ...how, ...httpHeaders(md5) });
  return { size: staged.size, etag: answer.etag, md5, lastModified: answer.lastModified };
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

/** A block list leaves a blob without Content-MD5 unless it is told. */
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
