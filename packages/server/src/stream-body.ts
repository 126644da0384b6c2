import type { Readable } from 'node:stream';

/**
 * A Node stream as the body of a reply, read chunk by chunk as the client takes it, and destroyed when the client leaves.
 * `Readable.toWeb` of Node 20 would buffer by number of chunks instead of bytes.
 */
export function toResponseBody(source: Readable): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => {
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
