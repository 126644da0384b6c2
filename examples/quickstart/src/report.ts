/** Steps with their times, printed as they go. */
export class Report {
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  line(text = ''): void {
    this.#out.write(`${text}\n`);
  }

  /** Runs a step and prints what it was and how long it took. */
  async step<T>(what: string, run: () => Promise<T>): Promise<T> {
    this.#out.write(`${what} …\n`);
    const start = performance.now();
    const result = await run();
    this.#out.write(`  done in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  }

  /** Columns as wide as their longest cell; numbers to the right. */
  table(rows: readonly (readonly (string | number)[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => String(row[column] ?? '').length)),
    );
    for (const row of rows) {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      });
      this.line(`  ${cells.join('   ').trimEnd()}`);
    }
  }
}
