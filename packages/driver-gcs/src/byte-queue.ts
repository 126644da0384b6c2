/** Cuts a stream of chunks of any length into pieces of wanted length, and knows which is the last. */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to `length` bytes, fewer only at the end. `last` means that nothing follows. */
  async take(length: number): Promise<{ readonly data: Buffer; readonly last: boolean }> {
    // One byte more than asked for tells whether this is the last piece.
    while (this.#bytes <= length && (await this.#fill())) {}
    const pieces = [...this.#cut(length)];
    return { data: Buffer.concat(pieces), last: this.#ended && this.#bytes === 0 };
  }

  /** `length` bytes as they come, without collecting them. */
  async *pass(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#bytes === 0 && !(await this.#fill())) return;
      for (const piece of this.#cut(left)) {
        left -= piece.length;
        yield piece;
      }
    }
  }

  /** Tells the source that nobody reads on. */
  async close(): Promise<void> {
    this.#held = [];
    if (!this.#ended) await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const step = await this.#source.next();
    if (step.done) {
      this.#ended = true;
      return false;
    }
    this.#held.push(step.value);
    this.#bytes += step.value.length;
    return true;
  }

  *#cut(length: number): Generator<Uint8Array> {
    let left = length;
    while (left > 0) {
      const piece = this.#held.shift();
      if (piece === undefined) return;
      const part = piece.length > left ? piece.subarray(0, left) : piece;
      if (part !== piece) this.#held.unshift(piece.subarray(left));
      this.#bytes -= part.length;
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }
}
