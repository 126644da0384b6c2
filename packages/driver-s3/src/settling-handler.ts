import { Readable, Transform } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';

type Handle = NodeHttpHandler['handle'];
type Sent = Parameters<Handle>[0];

/** Bytes handed over at once: what was not handed over yet can still be held back. */
const sliceBytes = 64 * 1024;
/** Milliseconds that an answer is waited for after an abort: a person waits behind it, and a store that hangs may never answer. */
const patience = 30_000;
const harmless: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * The SDK's handler, but an abort cuts a request that changes the store only while the store could not carry it out:
 * as long as bytes of its body are held back. Once all is out, the answer is waited for, up to a limit, so that nothing appears in the store after the call has settled. A request that was aborted before it was
 * sent, the repetition of a failed one too, is not sent.
 */
export class SettlingHandler extends NodeHttpHandler {
  override async handle(request: Sent, options: Parameters<Handle>[1] = {}): ReturnType<Handle> {
    const signal = options.abortSignal;
    if (!(signal instanceof AbortSignal) || signal.aborted || harmless.has(request.method)) {
      return super.handle(request, options);
    }
    const cut = new AbortController();
    let bodyError: Error | undefined;
    const outgoing = followBody(request, (error) => {
      bodyError = error;
      cut.abort(error);
    });
    let waiting: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      if (outgoing.isOut()) waiting = setTimeout(() => cut.abort(signal.reason), patience);
      else cut.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await super.handle(withBody(request, outgoing.body), { ...options, abortSignal: cut.signal });
    } catch (error) {
      throw bodyError ?? error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(waiting);
      if (cut.signal.aborted && outgoing.body instanceof Readable) outgoing.body.destroy();
    }
  }
}

interface Outgoing {
  readonly body: unknown;
  /** Whether the store may have everything it needs to carry the request out. */
  isOut(): boolean;
}

/** The body of a request, watched on its way out. `onError` hears of a source that fails before its end. */
function followBody(request: Sent, onError: (error: Error) => void): Outgoing {
  const body: unknown = request.body;
  if (body instanceof Readable) return followStream(body, Number(request.headers['content-length']), onError);
  if (body instanceof Uint8Array && body.length > sliceBytes) return followBytes(body);
  return { body, isOut: () => true };
}

function followStream(source: Readable, length: number, onError: (error: Error) => void): Outgoing {
  let seen = 0;
  let ended = false;
  const body = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      ended = true;
      done();
    },
  });
  const isOut = (): boolean => ended || seen >= length;
  source.once('error', (error) => {
    // What is out is answered; then the error of the source no longer matters.
    if (!isOut()) onError(error);
  });
  body.once('close', () => source.destroy());
  return { body: source.pipe(body), isOut };
}

function followBytes(bytes: Uint8Array): Outgoing {
  let handed = 0;
  const body = new Readable({
    highWaterMark: sliceBytes,
    read() {
      const slice = bytes.subarray(handed, handed + sliceBytes);
      handed += slice.length;
      body.push(slice.length === 0 ? null : slice);
    },
  });
  return { body, isOut: () => handed >= bytes.length };
}

/** A copy: the SDK sends the request itself again after a failure. */
function withBody(request: Sent, body: unknown): Sent {
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, { body });
}
