import type { TaskView } from '@milvus-backup/core';
import type { CliHost } from '../host.js';
import { formatBytes, formatProgress } from './text.js';

/** Milliseconds between two plain lines while the step stays the same. */
const lineInterval = 5000;

export interface ProgressOutput {
  show(view: TaskView): void;
  /** Clears the bar; a second call does nothing. */
  stop(): void;
}

/** A bar on a terminal, a line now and then elsewhere, nothing when quiet; always on stderr. */
export async function createProgressOutput(host: CliHost, quiet: boolean): Promise<ProgressOutput> {
  if (quiet) return { show: () => undefined, stop: () => undefined };
  return host.stderrIsTerminal ? createBar(host) : createLines(host);
}

function createLines(host: CliHost): ProgressOutput {
  let lastStep = '';
  let lastTime = Number.NEGATIVE_INFINITY;
  let lastLine = '';
  return {
    show(view) {
      const time = host.now();
      if (view.progress.step === lastStep && time - lastTime < lineInterval) return;
      const line = formatProgress(view);
      if (line === lastLine) return;
      lastStep = view.progress.step;
      lastTime = time;
      lastLine = line;
      host.stderr.write(`${line}\n`);
    },
    stop: () => undefined,
  };
}

async function createBar(host: CliHost): Promise<ProgressOutput> {
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    stream: host.stderr as NodeJS.WriteStream,
    format: '{bar} {percentage}% | {bytes} | {objects} | {step} | ETA {eta_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    fps: 5,
    hideCursor: true,
    clearOnComplete: true,
    // Signals are the session's business: a cancelled run cleans up first.
    gracefulExit: false,
  });
  let started = false;
  return {
    show(view) {
      const { progress } = view;
      const payload = {
        bytes: `${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`,
        objects: `${progress.objectsDone}/${progress.objectsTotal} objects`,
        step: progress.step,
      };
      if (started) bar.update(progress.percent, payload);
      else bar.start(100, progress.percent, payload);
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
