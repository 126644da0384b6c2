import type { StorageDriver } from '../driver/driver.js';
import { sleep } from '../errors/index.js';

/** Milliseconds after which the probes of a check are those of a dead one: none takes so long. */
const deadAfter = 10 * 60_000;
/** Milliseconds that a listing may lag behind before it is believed. */
const patience = 3_000;

/** `TIME-ID` of one check, its time in milliseconds since 1970. */
const runFolder = /^(\d{13})-[\w-]+$/;

/** What checks have left behind in a store. */
export interface Leftovers {
  /** Keys of checks of ours that are long dead. */
  readonly dead: readonly string[];
  /** How many objects belong to checks that may still run. */
  readonly fresh: number;
}

/**
 * Where the probes of one check lie in one store: a folder of its own under one prefix. It removes what it has handed out
 * and what lies in its folder, and nothing else.
 */
export class ProbeArea {
  readonly driver: StorageDriver;
  /** With its trailing slash. */
  readonly prefix: string;
  /** Prefix of all checks, with its trailing slash. */
  readonly home: string;
  readonly #keys = new Set<string>();

  constructor(driver: StorageDriver, home: string, startedAt: number, id: string) {
    this.driver = driver;
    this.home = home;
    this.prefix = `${home}${String(startedAt).padStart(13, '0')}-${id}/`;
  }

  /** A key that the clean-up will remove. */
  key(name: string): string {
    const key = this.prefix + name;
    this.#keys.add(key);
    return key;
  }

  async listed(signal?: AbortSignal): Promise<Set<string>> {
    const keys = new Set<string>();
    for await (const entry of this.driver.list(this.prefix, { signal })) {
      if (entry.type === 'object') keys.add(entry.key);
    }
    return keys;
  }

  /**
   * Lists until the listing is as expected, or patience runs out.
   * @returns milliseconds waited, `null` when it never was
   */
  async waitForListing(
    expected: (keys: ReadonlySet<string>) => boolean,
    signal?: AbortSignal,
  ): Promise<number | null> {
    for (let waited = 0; waited <= patience; waited += 200) {
      if (waited > 0) await sleep(200, signal);
      if (expected(await this.listed(signal))) return waited;
    }
    return null;
  }

  /** What other checks have left under the same prefix. */
  async findLeftovers(now: number, signal?: AbortSignal): Promise<Leftovers> {
    const dead: string[] = [];
    let fresh = 0;
    for await (const entry of this.driver.list(this.home, { signal })) {
      if (entry.type !== 'object' || entry.key.startsWith(this.prefix)) continue;
      const [, time] = runFolder.exec(entry.key.slice(this.home.length).split('/')[0] ?? '') ?? [];
      // Whatever else lies here is not ours.
      if (time === undefined) continue;
      if (now - Number(time) > deadAfter) dead.push(entry.key);
      else fresh += 1;
    }
    return { dead, fresh };
  }

  /**
   * Removes all probes of this check.
   * @returns keys that are still there
   */
  async clear(signal: AbortSignal): Promise<readonly string[]> {
    const keys = new Set([...this.#keys, ...(await this.#tryList(signal))]);
    const present = await this.#present([...keys], signal);
    // Where nothing could be written, nothing needs the right to delete.
    if (present.length === 0) return [];
    await this.driver.delete(present, { signal });
    return await this.#present(present, signal);
  }

  async #present(keys: readonly string[], signal: AbortSignal): Promise<string[]> {
    const infos = await Promise.all(keys.map((key) => this.driver.head(key, { signal })));
    return keys.filter((_, index) => infos[index] !== null);
  }

  /** A store that cannot be listed can still be cleaned: the keys are known. */
  async #tryList(signal: AbortSignal): Promise<ReadonlySet<string>> {
    try {
      return await this.listed(signal);
    } catch {
      return new Set();
    }
  }
}
