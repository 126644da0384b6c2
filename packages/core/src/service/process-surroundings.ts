import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Surroundings } from './open-service.js';

/**
 * The surroundings of this very process. For composition roots alone: nothing else in core reads the process.
 * @param driversFrom `import.meta.url` of the program, so that drivers it depends on are found
 */
export function processSurroundings(version: string, driversFrom: readonly string[]): Surroundings {
  return {
    env: process.env,
    cwd: process.cwd(),
    identity: {
      owner: { host: hostOfPids(), pid: process.pid, instance: randomUUID() },
      isAlive: isProcessAlive,
      now: Date.now,
    },
    user: userName(),
    version,
    nanoseconds: () => Number(process.hrtime.bigint() % 1_000_000_000n),
    driversFrom,
  };
}

/** Where a pid means this very process: containers may share a host name, each with pids of its own. */
function hostOfPids(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux: no namespaces.
    return hostname();
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user lives, though we may not signal it.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A container may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
