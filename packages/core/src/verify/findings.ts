import type { VerifyCounts, VerifyProblem, VerifyReport } from './types.js';

const maxWarnings = 100;

/** What a verification has found so far: the first problems by name, all of them by number. */
export class Findings {
  readonly #maxProblems: number;
  readonly #problems: VerifyProblem[] = [];
  readonly #warnings: string[] = [];
  #problemsTotal = 0;
  #warningsTotal = 0;
  readonly #counts: { -readonly [Name in keyof VerifyCounts]: number } = {
    collections: 0,
    segments: 0,
    rows: 0,
    objects: 0,
    bytes: 0,
    checksums: 0,
    objectsRead: 0,
    bytesRead: 0,
    objectsProven: 0,
    objectsDecoded: 0,
  };

  constructor(maxProblems: number) {
    this.#maxProblems = maxProblems;
  }

  problem(problem: VerifyProblem): void {
    this.#problemsTotal += 1;
    if (this.#problems.length < this.#maxProblems) this.#problems.push(problem);
  }

  warn(sentence: string): void {
    this.#warningsTotal += 1;
    if (this.#warnings.length < maxWarnings) this.#warnings.push(sentence);
  }

  count(delta: Partial<VerifyCounts>): void {
    for (const [name, value] of Object.entries(delta)) this.#counts[name as keyof VerifyCounts] += value;
  }

  get first(): VerifyProblem | undefined {
    return this.#problems[0];
  }

  get total(): number {
    return this.#problemsTotal;
  }

  facts(): Pick<VerifyReport, 'ok' | 'counts' | 'problems' | 'problemsTotal' | 'warnings' | 'warningsTotal'> {
    return {
      ok: this.#problemsTotal === 0,
      counts: { ...this.#counts },
      problems: [...this.#problems],
      problemsTotal: this.#problemsTotal,
      warnings: [...this.#warnings],
      warningsTotal: this.#warningsTotal,
    };
  }
}
