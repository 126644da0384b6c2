import { once } from 'node:events';
import { readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

export interface LogFileOptions {
  /** Absolute. */
  readonly file: string;
  /** MiB at which a new file begins. */
  readonly maxSizeMiB: number;
  /** Days that old files are kept; 0: for ever. */
  readonly maxDays: number;
  /** Old files that are kept; 0: all. */
  readonly maxBackups: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once when the file cannot be written any more; lines are dropped from then on. */
  readonly onFault: (fault: Error) => void;
}

export interface LogFile {
  write(line: string): void;
  /** Resolves once every line is in the file. A second call does nothing. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;

/**
 * A file for log lines, readable by its owner alone. When it is full it is renamed to `NAME-TIME.EXT`, as the Go tool
 * does, and a new one begins; old ones go by age and number.
 * @throws Error of Node when the file cannot be opened or written
 */
export async function openLogFile(options: LogFileOptions): Promise<LogFile> {
  const { createStream } = await import('rotating-file-stream');
  const { dir, name, ext } = path.parse(options.file);
  const rename = (time: number | Date | null, index = 1): string => {
    if (time === null) return `${name}${ext}`;
    const stamp = new Date(time).toISOString().slice(0, -1).replaceAll(':', '-');
    return `${name}-${stamp}${index > 1 ? `.${index}` : ''}${ext}`;
  };
  const stream = createStream(rename, {
    path: `${dir}${path.sep}`,
    size: `${options.maxSizeMiB}M`,
    mode: 0o600,
  });
  // the first opening, or what keeps it from being opened
  await once(stream, 'open');

  let pruning = prune();
  let faulty = false;
  let closing: Promise<void> | undefined;
  const fail = (fault: Error): void => {
    if (!faulty) options.onFault(fault);
    faulty = true;
  };
  stream.on('error', fail);
  stream.on('rotated', () => {
    pruning = pruning.then(prune);
  });
  return {
    write(line) {
      if (!faulty && closing === undefined) stream.write(line);
    },
    close() {
      closing ??= end();
      return closing;
    },
  };

  async function end(): Promise<void> {
    if (!faulty) {
      const ended = new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.once('finish', resolve);
      });
      stream.end();
      await ended;
    }
    await pruning;
  }

  /** What lies beside the file and was made from it; the newest first. */
  async function prune(): Promise<void> {
    if (options.maxBackups === 0 && options.maxDays === 0) return;
    try {
      const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const made = new RegExp(`^${escaped}-\\d{4}-\\d\\d-\\d\\dT[\\d.-]+$`);
      const old = (await readdir(dir))
        .filter((entry) => entry.endsWith(ext) && made.test(entry.slice(0, entry.length - ext.length)))
        .sort()
        .reverse();
      for (const [at, entry] of old.entries()) {
        const file = path.join(dir, entry);
        const { mtimeMs } = await stat(file);
        const tooMany = options.maxBackups > 0 && at >= options.maxBackups;
        const tooOld = options.maxDays > 0 && options.now() - mtimeMs > options.maxDays * dayMs;
        if (tooMany || tooOld) await unlink(file);
      }
    } catch (fault) {
      // another process with the same file may have removed one meanwhile
      const gone = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT';
      if (!gone) fail(fault instanceof Error ? fault : new Error(String(fault)));
    }
  }
}
