import type { RestoreJournal, TargetState } from './restore-journal.js';

/** Keeps the import jobs of one target in the journal; writes one after another, so that none is overwritten by an older one. */
export class JobNotes {
  readonly #journal: RestoreJournal;
  #state: TargetState;
  #writing: Promise<void> = Promise.resolve();

  constructor(journal: RestoreJournal, state: TargetState) {
    this.#journal = journal;
    this.#state = state;
  }

  async note(unit: string, job: string): Promise<void> {
    this.#state = { ...this.#state, jobs: { ...this.#state.jobs, [unit]: job } };
    const next = this.#writing.then(() => this.#journal.save(this.#state));
    this.#writing = next;
    await next;
  }
}
