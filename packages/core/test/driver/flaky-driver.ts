import { Readable } from 'node:stream';
import type { GetOptions, GetResult, StorageDriver } from '../../src/driver/index.js';

export type Method = Exclude<keyof StorageDriver, 'name' | 'capabilities'>;

export interface FlakyDriver extends StorageDriver {
  /** Names of the methods in the order they were called. */
  readonly calls: Method[];
  /** The options of each `get`. */
  readonly gets: GetOptions[];
  /** The next calls of a method fail with these, in order. */
  failNext(method: Method, ...errors: readonly unknown[]): void;
  /** The next bodies break (or, without an error, end) after these many bytes. */
  breakNext(...breaks: readonly { readonly after: number; readonly error?: unknown }[]): void;
}

/** A real driver whose calls fail on demand. */
export function createFlakyDriver(driver: StorageDriver): FlakyDriver {
  const calls: Method[] = [];
  const gets: GetOptions[] = [];
  const faults = new Map<Method, unknown[]>();
  const breaks: { after: number; error?: unknown }[] = [];
  const enter = (method: Method): void => {
    calls.push(method);
    const queue = faults.get(method) ?? [];
    if (queue.length > 0) throw queue.shift();
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    calls,
    gets,
    failNext: (method, ...errors) => faults.set(method, [...(faults.get(method) ?? []), ...errors]),
    breakNext: (...next) => breaks.push(...next),
    async head(...call) {
      enter('head');
      return driver.head(...call);
    },
    async get(key, options = {}): Promise<GetResult> {
      enter('get');
      gets.push(options);
      const result = await driver.get(key, options);
      const next = breaks.shift();
      return next === undefined ? result : { ...result, body: cut(result.body, next) };
    },
    async put(...call) {
      enter('put');
      return driver.put(...call);
    },
    async copyFrom(source, ...call) {
      enter('copyFrom');
      return driver.copyFrom(source.name === driver.name && 'gets' in source ? driver : source, ...call);
    },
    async delete(...call) {
      enter('delete');
      return driver.delete(...call);
    },
    async *list(...call) {
      enter('list');
      for await (const entry of driver.list(...call)) {
        yield entry;
        enter('list');
      }
    },
    async bucketExists(...call) {
      enter('bucketExists');
      return driver.bucketExists(...call);
    },
    async createBucket(...call) {
      enter('createBucket');
      return driver.createBucket(...call);
    },
    async close() {
      enter('close');
      return driver.close();
    },
  };
}

function cut(body: Readable, { after, error }: { after: number; error?: unknown }): Readable {
  async function* read(): AsyncGenerator<Uint8Array> {
    let left = after;
    for await (const chunk of body) {
      if (chunk.length >= left) {
        yield chunk.subarray(0, left);
        break;
      }
      left -= chunk.length;
      yield chunk;
    }
    if (error !== undefined) throw error;
  }
  return Readable.from(read(), { objectMode: false });
}
