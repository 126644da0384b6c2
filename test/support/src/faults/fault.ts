/** What happens to one exchange between client and server. Offsets count bytes of the body, from 0. */
export type Fault =
  /** The connection breaks when the client has sent so much of its body; the server sees the same break. */
  | { readonly kind: 'drop-request'; readonly at: number }
  /** The server does its work; the connection breaks when so much of the answer's body has reached the client. */
  | { readonly kind: 'drop-response'; readonly at: number }
  /** The server does its work and answers; the client sees the connection break instead. */
  | { readonly kind: 'lost-reply' }
  /** The server is not asked. `code` is put into a body as S3, Azure and GCS write it, and into Azure's header. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The answer's body ends early: with the length it was announced with, or as if it had never been longer. */
  | { readonly kind: 'truncate'; readonly at: number; readonly length: 'announced' | 'corrected' }
  /** The lowest bit of one byte is turned over, in every exchange whose body is that long. */
  | { readonly kind: 'flip'; readonly at: number; readonly in: 'request' | 'response' }
  /** Both bodies pass at this rate. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** So long until the server gets the request, or until the client gets the answer. */
  | { readonly kind: 'delay'; readonly ms: number; readonly of: 'request' | 'response' }
  /** The request is taken and never answered. */
  | { readonly kind: 'hang' }
  /** The answer's `Date` is off by so much, as from a server with a wrong clock. */
  | { readonly kind: 'date'; readonly offsetMs: number };

/** One request as it came in. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  /** Bytes of the body so far. */
  readonly bytes: number;
  /** Kinds of what was done to it. */
  readonly faults: readonly Fault['kind'][];
}

/** Which exchanges; left out means all. */
export interface Match {
  readonly method?: string | readonly string[];
  readonly path?: RegExp;
  readonly when?: (request: SeenRequest) => boolean;
  /** Lets so many go by first. Default 0. */
  readonly skip?: number;
  /** How many are hit. Default: all. */
  readonly times?: number;
}

/** A fault at work. */
export interface Injection {
  /** Exchanges that were hit. */
  readonly hits: number;
  remove(): void;
}

/** Faults in the order in which they were put in; several may hit one exchange. */
export class FaultList {
  readonly #entries = new Set<{
    readonly fault: Fault;
    readonly match: Match;
    passed: number;
    hits: number;
  }>();

  inject(fault: Fault, match: Match = {}): Injection {
    const entry = { fault, match, passed: 0, hits: 0 };
    const entries = this.#entries;
    entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => void entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Those that hit this request; counts it. */
  take(request: SeenRequest): Fault[] {
    const taken: Fault[] = [];
    for (const entry of this.#entries) {
      const { fault, match } = entry;
      if (!fits(match, request) || entry.hits >= (match.times ?? Number.POSITIVE_INFINITY)) continue;
      entry.passed += 1;
      if (entry.passed <= (match.skip ?? 0)) continue;
      entry.hits += 1;
      taken.push(fault);
    }
    return taken;
  }
}

function fits({ method, path, when }: Match, request: SeenRequest): boolean {
  if (method !== undefined && ![method].flat().includes(request.method)) return false;
  return path?.test(request.path) !== false && when?.(request) !== false;
}
