import { Readable } from 'node:stream';
import type { StorageDriver } from '../../src/driver/driver.js';
import { BackupError } from '../../src/errors/index.js';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const methods = ['head', 'get', 'put', 'copyFrom', 'delete', 'bucketExists'] as const;
const broken = (): BackupError =>
  new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'the connection broke', retryable: true });
const busy = (): BackupError =>
  new BackupError({ code: 'STORAGE_BUSY', message: 'slow down', retryable: true });
const denied = (): BackupError => new BackupError({ code: 'STORAGE_AUTH', message: 'denied' });

/**
 * Makes a driver fail by chance, in place: requests that never arrive, answers that are lost after the work was done, storms
 * of 503, refusals, downloads that break, and listings that are older than the last write.
 * @param share of the calls that fail
 */
export function addFaults(driver: StorageDriver, random: () => number, share: number): void {
  let storm = 0;
  const latest: string[] = [];
  for (const name of methods) {
    const call = driver[name].bind(driver) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(driver, {
      [name]: async (...args: unknown[]) => {
        if (storm > 0) {
          storm -= 1;
          throw busy();
        }
        const kind = random() < share ? Math.floor(random() * 5) : -1;
        if (kind === 0) throw broken();
        if (kind === 1) {
          storm = Math.floor(random() * 8);
          throw busy();
        }
        if (kind === 2 && random() < 0.1) throw denied();
        const answer = await call(...args);
        if (name === 'put') latest.push(String(args[0]));
        if (kind === 3) throw broken();
        return name === 'get' && kind === 4 ? cutBody(answer as { body: Readable }, random) : answer;
      },
    });
  }
  const list = driver.list.bind(driver);
  driver.list = async function* (...args) {
    if (random() < share) throw broken();
    const stale = random() < share ? latest.at(-1) : undefined;
    for await (const entry of list(...args)) {
      if (entry.type === 'object' && entry.key === stale) continue;
      yield entry;
    }
  };
}

function cutBody<T extends { readonly body: Readable }>(answer: T, random: () => number): T {
  const length = random() * 40;
  async function* cut(): AsyncGenerator<Uint8Array> {
    let given = 0;
    for await (const chunk of answer.body) {
      const part = (chunk as Uint8Array).subarray(0, Math.max(0, length - given));
      given += part.length;
      if (part.length > 0) yield part;
      if (given >= length) throw broken();
    }
  }
  return { ...answer, body: Readable.from(cut(), { objectMode: false }) };
}
