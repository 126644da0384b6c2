/** One call that arrived, in the order of arrival. */
export interface RecordedCall {
  readonly kind: 'grpc' | 'rest' | 'management';
  /** RPC such as `Flush`, or path, of the management port with its query. */
  readonly method: string;
  /** Of the header `dbname`, of `db_name` where there is none, or `dbName` of a REST body; `default` when all are empty. */
  readonly database: string;
  /** The decoded message; long bytes and lists are cut. Of REST the body, of the management port `{}`. */
  readonly request: Readonly<Record<string, unknown>>;
  /** gRPC metadata or HTTP headers, without what carries secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly at: Date;
  /** `ok`, or the failure: `code 100`, `grpc 12`, `http 404`; `pending` until it is answered. */
  outcome: string;
}

export interface CallLog {
  readonly calls: RecordedCall[];
  add(call: Omit<RecordedCall, 'at' | 'outcome'>): RecordedCall;
}

const maxList = 64;
const maxBytes = 1024;

export function createCallLog(now: () => number): CallLog {
  const calls: RecordedCall[] = [];
  return {
    calls,
    add(call) {
      const request = Object.fromEntries(
        Object.entries(call.request).map(([key, value]) => [key, shorten(value)]),
      );
      const recorded: RecordedCall = { ...call, request, at: new Date(now()), outcome: 'pending' };
      calls.push(recorded);
      return recorded;
    },
  };
}

/** Rows are not kept a second time. */
function shorten(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.length > maxBytes ? `${value.length} bytes` : value;
  if (Array.isArray(value)) {
    if (
      value.some((one) => typeof one === 'object' && one !== null && 'field_name' in one && 'scalars' in one)
    ) {
      return `${value.length} columns`;
    }
    return value.length > maxList ? `${value.length} items` : value;
  }
  return value;
}

const secretHeaders = ['authorization', 'cookie'];

export function withoutSecrets(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !secretHeaders.includes(name.toLowerCase()))
      .map(([name, value]) => [name, String(value)]),
  );
}
