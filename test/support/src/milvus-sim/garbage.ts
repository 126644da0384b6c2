import type { ObjectStore } from './object-store.js';

/** Removes files that no segment names any more, unless it is paused. */
export interface GarbageCollector {
  add(collection: bigint, keys: readonly string[]): Promise<void>;
  /** @param collection 0: everything */
  pause(collection: bigint, seconds: number): string;
  /** @param ticket of `pause`; undefined: of the pause of everything. Gives whether there was such a pause. */
  resume(ticket: string | undefined): Promise<boolean>;
  /** Pauses that are in force, for tests. */
  pauses(): readonly { readonly collection: bigint; readonly ticket: string }[];
}

interface Pause {
  readonly collection: bigint;
  readonly until: number;
}

/** @param now milliseconds */
export function createGarbageCollector(store: ObjectStore, now: () => number): GarbageCollector {
  const pauses = new Map<string, Pause>();
  let waiting: { readonly collection: bigint; readonly keys: readonly string[] }[] = [];
  let tickets = 0;

  const inForce = (): [string, Pause][] => [...pauses].filter(([, pause]) => pause.until > now());
  const isPaused = (collection: bigint): boolean =>
    inForce().some(([, pause]) => pause.collection === 0n || pause.collection === collection);

  async function collect(): Promise<void> {
    const due = waiting.filter(({ collection }) => !isPaused(collection));
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { keys } of due) await store.remove(keys);
  }

  return {
    async add(collection, keys) {
      waiting.push({ collection, keys });
      await collect();
    },
    pause(collection, seconds) {
      const ticket = collection === 0n ? 'all' : Buffer.from(`${collection}/${++tickets}`).toString('base64');
      pauses.set(ticket, { collection, until: now() + seconds * 1000 });
      return ticket;
    },
    async resume(ticket = 'all') {
      const known = pauses.delete(ticket);
      await collect();
      return known;
    },
    pauses: () => inForce().map(([ticket, { collection }]) => ({ ticket, collection })),
  };
}
