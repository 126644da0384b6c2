/**
 * Bounds the bytes that streams hold in memory at once, whatever their number. One larger than the whole budget
 * passes alone.
 */
export class ByteBudget {
  readonly #total: number;
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Waits for room, runs, gives the room back. First come, first served. */
  async use<T>(bytes: number, run: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#total);
    await this.#take(share);
    try {
      return await run();
    } finally {
      this.#free += share;
      this.#wake();
    }
  }

  #take(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, go: resolve });
      this.#wake();
    });
  }

  #wake(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.go();
    }
  }
}
