import type { RunIdentity } from '../../src/task/record-store.js';
import type { TaskView } from '../../src/task/types.js';

export interface FakeHost {
  /** Milliseconds since 1970. */
  time: number;
  readonly alive: Set<number>;
  /** A process of this host; a second one of the same pid is a new process. */
  process(pid: number, instance?: string): RunIdentity;
}

/** Processes of one machine, that live or do not, with a clock that stands still. */
export function makeHost(name = 'here'): FakeHost {
  const host: FakeHost = {
    time: 1_000_000,
    alive: new Set(),
    process(pid, instance = `${name}-${pid}`) {
      host.alive.add(pid);
      return {
        owner: { host: name, pid, instance },
        isAlive: (other) => host.alive.has(other),
        now: () => host.time,
      };
    },
  };
  return host;
}

export function makeView(given: Partial<TaskView> = {}): TaskView {
  return {
    id: 'run-1',
    kind: 'create',
    backupName: 'b',
    state: 'executing',
    progress: {
      percent: 3,
      step: 'copying',
      bytesDone: 1,
      bytesTotal: 2,
      objectsDone: 0,
      objectsTotal: 1,
      collectionsDone: 0,
      collectionsTotal: 1,
    },
    startedAt: 999_000,
    endedAt: 0,
    error: null,
    collections: [],
    ...given,
  };
}
