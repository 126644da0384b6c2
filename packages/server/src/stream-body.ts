import type { Readable } from 'node:stream';

/**
 * A Node stream as the body of a reply, read chunk by chunk as the client takes it, and destroyed when the client leaves.
 * @param onBroken told once when the source fails: the reply has begun, so its error reaches nobody else
 *
 * `Readable.toWeb` of Node 20 would buffer by number of chunks instead of bytes.
 */
export function toResponseBody(
  source: Readable,
  onBroken: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const next = await chunks.next();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          onBroken(error);
          controller.error(error);
        }
      },
      cancel: () => {
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
