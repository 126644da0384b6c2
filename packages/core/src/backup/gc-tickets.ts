import { toBackupError } from '../errors/index.js';
import type { Logger } from '../log.js';
import type { MilvusManagement } from '../milvus/gateway-backup.js';
import type { GcControl } from './gc-pause.js';

/** Seconds that one pause lasts. */
const pauseSeconds = 3_600;
/** Milliseconds: how often pauses are looked after, and how much of one has to be left. */
const lookEvery = 5 * 60 * 1_000;
const leastLeft = 10 * 60 * 1_000;
const resumeTimeout = 10_000;

interface Held {
  /** One more each time a pause was renewed: the older ones run out by themselves, and are given back all the same. */
  readonly tickets: Set<string>;
  /** Milliseconds since 1970. */
  until: number;
}

type Port = Pick<MilvusManagement, 'pauseCollectionGc' | 'resumeCollectionGc'>;

/** Pauses garbage collection of one collection at a time, each only while its data is copied (Milvus 2.6.8 and newer). */
export class GcTickets implements GcControl {
  readonly #management: Port;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #held = new Map<bigint, Held>();

  constructor(management: Port, logger: Logger, now: () => number) {
    this.#management = management;
    this.#logger = logger;
    this.#now = now;
  }

  async during<T>(run: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.#renew(), lookEvery);
    timer.unref();
    try {
      return await run();
    } finally {
      clearInterval(timer);
    }
  }

  async duringCollection<T>(collectionId: bigint, run: () => Promise<T>): Promise<T> {
    const held: Held = { tickets: new Set(), until: 0 };
    this.#held.set(collectionId, held);
    try {
      await this.#pause(collectionId, held);
      return await run();
    } finally {
      this.#held.delete(collectionId);
      await this.#resume(collectionId, held);
    }
  }

  async #renew(): Promise<void> {
    for (const [collectionId, held] of this.#held) {
      if (held.until - this.#now() >= leastLeft) continue;
      await this.#pause(collectionId, held);
      // The collection has ended meanwhile, and its ticket with it.
      if (!this.#held.has(collectionId)) await this.#resume(collectionId, held);
    }
  }

  async #pause(collectionId: bigint, held: Held): Promise<void> {
    try {
      const ticket = await this.#management.pauseCollectionGc(collectionId, pauseSeconds);
      held.until = this.#now() + pauseSeconds * 1_000;
      if (ticket !== '') held.tickets.add(ticket);
    } catch (error) {
      const { code, message } = toBackupError(error);
      this.#logger.warn(
        { collectionId: String(collectionId), code, reason: message },
        'garbage collection of a collection is not paused',
      );
    }
  }

  /** Not with a run's signal: a cancelled run must resume garbage collection too. */
  async #resume(collectionId: bigint, { tickets }: Held): Promise<void> {
    const given = [...tickets];
    tickets.clear();
    for (const ticket of given) {
      try {
        await this.#management.resumeCollectionGc(ticket, { signal: AbortSignal.timeout(resumeTimeout) });
      } catch (error) {
        this.#logger.warn(
          { collectionId: String(collectionId), reason: toBackupError(error).message, pauseSeconds },
          'garbage collection of a collection could not be resumed; it resumes by itself when the pause runs out',
        );
      }
    }
  }
}
