import { GrpcError, grpcCodes, rateLimited, SimError } from './sim-error.js';
import { createSnapshotFaults, type SnapshotFaultState, type SnapshotFaults } from './snapshot-faults.js';

/** What a test can tell the simulator to do wrong. All of it wears off or can be taken back. */
export interface Faults {
  /** The next `times` calls of this RPC answer "rate limit exceeded". */
  rateLimit(method: string, times: number): void;
  /** The next `times` calls of this RPC fail with this status. */
  fail(method: string, times: number, status?: { readonly code?: number; readonly reason?: string }): void;
  /** The next `times` calls of this RPC break at the level of gRPC (UNAVAILABLE), those of this path with HTTP status 503. */
  breakCalls(method: string, times: number): void;
  /** The next `times` calls of this RPC or REST path are carried out, and break before they are answered. */
  loseAnswers(method: string, times: number): void;
  /** The next `times` calls of this RPC are carried out twice, as when a network delivers a request again. */
  duplicate(method: string, times: number): void;
  /** RBAC forbids this RPC, or this REST path, until {@link Faults.allow}. */
  deny(method: string): void;
  allow(method: string): void;
  /** Runs once, before the next call of this RPC or REST path is carried out: a drop under way, a compaction… */
  before(method: string, action: () => void | Promise<void>): void;
  /** GetFlushState and GetFlushAllState say "no" this many times before they tell the truth. */
  delayFlush(polls: number): void;
  /** Import jobs stop at this percentage until {@link Faults.resumeImports}. */
  stallImports(percent?: number): void;
  resumeImports(): void;
  /** Import jobs fail with this reason until called with undefined. */
  failImports(reason: string | undefined): void;
  /** The server forgets all import jobs. */
  forgetJobs(): void;
  /** Exports and restores of snapshots. */
  readonly snapshots: SnapshotFaults;
}

/** What the simulator itself asks. */
export interface FaultState extends Faults {
  readonly snapshots: SnapshotFaultState;
  /** @throws SimError, GrpcError */
  check(method: string): Promise<void>;
  takeDuplicate(method: string): boolean;
  takeFlushDelay(): boolean;
  /** @throws GrpcError */
  checkAnswer(method: string): void;
  readonly imports: { readonly stalledAt: number | undefined; readonly failReason: string | undefined };
}

export function createFaults(forgetJobs: () => void): FaultState {
  const failing = new Map<string, (() => Error)[]>();
  const actions = new Map<string, (() => void | Promise<void>)[]>();
  const duplicates = new Map<string, number>();
  const lost = new Map<string, number>();
  const denied = new Set<string>();
  const imports: { stalledAt: number | undefined; failReason: string | undefined } = {
    stalledAt: undefined,
    failReason: undefined,
  };
  let flushPolls = 0;

  const queue = (method: string, times: number, make: () => Error): void => {
    failing.set(method, [...(failing.get(method) ?? []), ...Array.from({ length: times }, () => make)]);
  };

  return {
    rateLimit: (method, times) => queue(method, times, rateLimited),
    fail: (method, times, { code = 65535, reason = `${method} failed as it was told to` } = {}) =>
      queue(method, times, () => new SimError(code, 1, reason)),
    breakCalls: (method, times) =>
      queue(method, times, () => new GrpcError(grpcCodes.unavailable, `${method} broke as it was told to`)),
    duplicate: (method, times) => void duplicates.set(method, (duplicates.get(method) ?? 0) + times),
    loseAnswers: (method, times) => void lost.set(method, (lost.get(method) ?? 0) + times),
    deny: (method) => void denied.add(method),
    allow: (method) => void denied.delete(method),
    before: (method, action) => void actions.set(method, [...(actions.get(method) ?? []), action]),
    delayFlush(polls) {
      flushPolls = polls;
    },
    stallImports(percent = 70) {
      imports.stalledAt = percent;
    },
    resumeImports() {
      imports.stalledAt = undefined;
    },
    failImports(reason) {
      imports.failReason = reason;
    },
    forgetJobs,
    snapshots: createSnapshotFaults(),

    async check(method) {
      if (denied.has(method)) {
        throw new GrpcError(grpcCodes.permissionDenied, `Privilege${method}: permission deny to the user`);
      }
      await actions.get(method)?.shift()?.();
      const failure = failing.get(method)?.shift();
      if (failure) throw failure();
    },
    takeDuplicate(method) {
      const left = duplicates.get(method) ?? 0;
      if (left > 0) duplicates.set(method, left - 1);
      return left > 0;
    },
    checkAnswer(method) {
      const left = lost.get(method) ?? 0;
      if (left === 0) return;
      lost.set(method, left - 1);
      throw new GrpcError(grpcCodes.unavailable, `the answer of ${method} is lost as it was told to`);
    },
    takeFlushDelay() {
      if (flushPolls === 0) return false;
      flushPolls -= 1;
      return true;
    },
    imports,
  };
}
