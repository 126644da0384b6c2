import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onExit } from '../exit-cleanup.js';
import { isProcessAlive, systemErrorCode } from '../node-errors.js';
import { SupportError } from '../support-error.js';

/** Below 32768, where Linux starts to hand out ports to outgoing connections. */
const firstPort = 20_000;
const lastPort = 32_700;
const attempts = 2_000;

const held = new Set<number>();
let folder: string | undefined;

/**
 * `count` ports on which nobody listens, reserved for this process until it exits or gives them back. The
 * reservation is a file in the temporary folder, so parallel test processes never get the same port between
 * the moment it is found and the moment a server listens on it.
 * @throws SupportError `PORTS_EXHAUSTED`
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count; attempt++) {
    if (attempt > attempts) {
      releasePorts(ports);
      throw new SupportError({
        code: 'PORTS_EXHAUSTED',
        message: `no ${count} free ports between ${firstPort} and ${lastPort}`,
        remedy: 'Stop servers that listen there.',
      });
    }
    const port = randomInt(firstPort, lastPort + 1);
    if (!reserve(port)) continue;
    if (await canListen(port)) ports.push(port);
    else releasePorts([port]);
  }
  return ports;
}

/** One free port; see {@link freePorts}. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new SupportError({ code: 'PORTS_EXHAUSTED', message: 'no free port' });
  return port;
}

/** Gives reservations back. Ports of somebody else are left alone. */
export function releasePorts(ports: readonly number[]): void {
  for (const port of ports) {
    if (held.delete(port)) rmSync(reservation(port), { force: true });
  }
}

function reserve(port: number): boolean {
  if (held.has(port)) return false;
  const file = reservation(port);
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    // A dead owner's file is only removed; this round takes another port, so two processes that both see
    // it cannot both believe that they own it.
    if (isStale(file)) rmSync(file, { force: true });
    return false;
  }
  held.add(port);
  return true;
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid > 0) return !isProcessAlive(pid);
    return Date.now() - statSync(file).mtimeMs > 10_000;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function reservation(port: number): string {
  if (folder === undefined) {
    folder = join(tmpdir(), `milvus-backup-ports-${userInfo().username}`);
    mkdirSync(folder, { recursive: true });
    onExit(() => releasePorts([...held]));
  }
  return join(folder, String(port));
}

/** Tries all addresses, because some servers (Milvus) listen on all of them. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
