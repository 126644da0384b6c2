import { execa } from 'execa';
import { binary } from './binary.js';

function start(cwd: string, program: string, ...args: string[]) {
  return execa(program, args, { cwd, reject: false, stdin: 'ignore' });
}

/** Runs the command with a limit of a few KiB on the size of files, which the kernel refuses as a disk quota does. */
export function runWithSmallFiles(cwd: string, ...args: string[]) {
  const script = 'trap \'\' XFSZ; ulimit -f 8; exec "$@"';
  return start(cwd, 'sh', '-c', script, 'sh', process.execPath, binary, ...args);
}

/**
 * Runs the command with `folder` on a disk of 64 KiB that the command alone sees. Where this user may make none, a
 * limit on the size of files stands for it.
 */
export async function runOnFullDisk(cwd: string, folder: string, ...args: string[]) {
  const script = 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"';
  const unshare = ['unshare', '--mount', '--map-root-user', 'sh', '-c', script, folder] as const;
  const [program, ...rest] = unshare;
  const possible = (await start(cwd, program, ...rest, 'true')).exitCode === 0;
  return await (possible
    ? start(cwd, program, ...rest, process.execPath, binary, ...args)
    : runWithSmallFiles(cwd, ...args));
}
