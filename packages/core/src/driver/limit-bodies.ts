import { Readable } from 'node:stream';
import type { PutBody } from './driver.js';
import type { TrafficLimits } from './traffic-limits.js';

/** Bytes of a body that are counted as one more request: a part of a multipart upload, as drivers make them. */
const bytesPerRequest = 8 * 1024 * 1024;

/** The body at the pace of the limits; the same stream when bytes are not limited. */
export function limitDownload(
  body: Readable,
  { bytesIn }: TrafficLimits,
  signal: AbortSignal | undefined,
): Readable {
  if (bytesIn === undefined) return body;
  async function* paced(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      await bytesIn?.(chunk.length, signal);
      yield chunk;
    }
  }
  const limited = Readable.from(paced(), { objectMode: false });
  // A stream that is let go before its first read never starts the generator, whose end would let go of the source.
  limited.once('close', () => body.destroy());
  return limited;
}

/** The same for what is written; a body in memory has its bytes counted before it goes, and goes as it is. */
export async function limitUpload(
  body: PutBody,
  limits: TrafficLimits,
  signal: AbortSignal | undefined,
): Promise<PutBody> {
  const { bytesOut, countsRequests } = limits;
  if (bytesOut === undefined && !countsRequests) return body;
  if (body instanceof Uint8Array) {
    await bytesOut?.(body.length, signal);
    return body;
  }
  return pacedUpload(body, limits, signal);
}

async function* pacedUpload(
  body: AsyncIterable<Uint8Array>,
  limits: TrafficLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of body) {
    await limits.bytesOut?.(chunk.length, signal);
    const parts = Math.floor((sent + chunk.length) / bytesPerRequest) - Math.floor(sent / bytesPerRequest);
    if (parts > 0) await limits.requests(parts, signal);
    sent += chunk.length;
    yield chunk;
  }
}
