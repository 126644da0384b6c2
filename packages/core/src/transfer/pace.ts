import pLimit, { type LimitFunction } from 'p-limit';

/**
 * How many objects a run has under way: as many as it may, fewer while a store answers that it is busy. Halved by such
 * an answer, and one more for each round of successes, so that the run finds what the store can bear and goes back up.
 */
export class Pace {
  readonly #most: number;
  readonly #limit: LimitFunction;
  /** Fractions add up here; p-limit counts whole objects. */
  #allowed: number;
  /** Answers until the store can have noticed the last step down. */
  #settling = 0;

  constructor(most: number) {
    this.#most = most;
    this.#allowed = most;
    this.#limit = pLimit(most);
  }

  /** Objects that may be under way at once just now. */
  get allowed(): number {
    return this.#limit.concurrency;
  }

  /** Waits for a place, then runs. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#limit(async () => {
      try {
        const value = await work();
        this.#set(this.#allowed + 1 / this.#allowed);
        return value;
      } finally {
        this.#settling = Math.max(0, this.#settling - 1);
      }
    });
  }

  /** A store said that it is busy. What the objects under way are answered meanwhile counts as the same answer. */
  busy(): void {
    if (this.#settling > 0) return;
    const underWay = Math.max(1, Math.min(this.#limit.activeCount, this.#allowed));
    this.#settling = underWay;
    this.#set(underWay / 2);
  }

  #set(allowed: number): void {
    this.#allowed = Math.min(this.#most, Math.max(1, allowed));
    const whole = Math.floor(this.#allowed);
    if (whole !== this.#limit.concurrency) this.#limit.concurrency = whole;
  }
}
