/** What a test can tell the jobs of snapshots to do wrong. */
export interface SnapshotFaults {
  /** Exports, those under way too, stop when so many files are copied, until {@link SnapshotFaults.resumeExports}. */
  stallExports(files?: number): void;
  resumeExports(): void;
  /** Exports fail with this reason, half of their files copied, until called with undefined. */
  failExports(reason: string | undefined): void;
  /** From now on exports lie in folders of their own, `exports/<job>`, and are told by `https://`, as Milvus's later design has it. */
  nestExports(): void;
  /** From now on an export is answered when it is written, without a job, as early builds of 3.0 do it. */
  exportAtOnce(): void;
  /** Restores stop when their collection is made, and empty, until {@link SnapshotFaults.resumeRestores}. */
  stallRestores(): void;
  resumeRestores(): void;
  /** Restores fail with this reason, and take their collection away, until called with undefined. */
  failRestores(reason: string | undefined): void;
  /** The server forgets all jobs that have ended. */
  forgetJobs(): void;
}

/** What the simulator itself asks. */
export interface SnapshotFaultState extends SnapshotFaults {
  readonly exportsNested: boolean;
  readonly exportsAtOnce: boolean;
  readonly exportFailure: string | undefined;
  readonly restoreFailure: string | undefined;
  /** Resolves when the next file may be copied. */
  beforeFile(copied: number): Promise<void>;
  beforeRestore(): Promise<void>;
  onForget(forget: () => void): void;
}

export function createSnapshotFaults(): SnapshotFaultState {
  const gates = { exports: new Gate(), restores: new Gate() };
  const forgetters: (() => void)[] = [];
  let stallAt = Number.POSITIVE_INFINITY;
  let exportsNested = false;
  let exportsAtOnce = false;
  let exportFailure: string | undefined;
  let restoreFailure: string | undefined;
  return {
    stallExports(files = 0) {
      stallAt = files;
      gates.exports.close();
    },
    resumeExports: () => gates.exports.open(),
    failExports(reason) {
      exportFailure = reason;
    },
    nestExports() {
      exportsNested = true;
    },
    get exportsNested() {
      return exportsNested;
    },
    exportAtOnce() {
      exportsAtOnce = true;
    },
    get exportsAtOnce() {
      return exportsAtOnce;
    },
    stallRestores: () => gates.restores.close(),
    resumeRestores: () => gates.restores.open(),
    failRestores(reason) {
      restoreFailure = reason;
    },
    forgetJobs() {
      for (const forget of forgetters) forget();
    },
    get exportFailure() {
      return exportFailure;
    },
    get restoreFailure() {
      return restoreFailure;
    },
    async beforeFile(copied) {
      if (copied >= stallAt) await gates.exports.passed();
    },
    beforeRestore: () => gates.restores.passed(),
    onForget: (forget) => void forgetters.push(forget),
  };
}

/** Open until it is closed; whoever waits goes on when it opens. */
class Gate {
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  close(): void {
    this.open();
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  passed(): Promise<void> {
    return this.#opened;
  }
}
