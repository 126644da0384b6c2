import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

export interface Measured {
  readonly seconds: number;
  /** Highest resident memory, MiB; Linux only, elsewhere 0. */
  readonly peakMiB: number;
  readonly output: string;
}

/**
 * Runs a program to its end and measures it from outside.
 * @throws Error with its output when it fails
 */
export async function runMeasured(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const start = performance.now();
  const child = execa(command, [...args], { env, all: true });
  let peakMiB = 0;
  let running = true;
  const sample = async (): Promise<void> => {
    while (running) {
      peakMiB = Math.max(peakMiB, await peakOf(child.pid));
      await delay(50);
    }
  };
  const sampling = sample();
  try {
    const { all } = await child;
    return { seconds: (performance.now() - start) / 1000, peakMiB, output: all };
  } finally {
    running = false;
    await sampling;
  }
}

async function peakOf(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // The process has ended between two samples, or this is no Linux.
    return 0;
  }
}
