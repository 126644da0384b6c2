import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePython, ensureRclone, freePort, tempDir } from '@milvus-backup/test-support';
import { execa } from 'execa';
import ssh2 from 'ssh2';
import { fingerprintOf } from '../src/connection.js';

const username = 'backup';
export const password = 'planted-sftp-password';

/** A real SFTP server over a folder of its own. */
export interface SftpServer {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly hostFingerprint: string;
  /** What the server calls `/`. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** asyncssh, with the extensions of OpenSSH. */
export async function startAsyncSsh(): Promise<SftpServer> {
  const python = await ensurePython(['asyncssh==2.21.1']);
  const program = fileURLToPath(new URL('sftp_server.py', import.meta.url));
  return start((folder, port) => [python, [program, folder, `${port}`, username, password]]);
}

/** rclone, which knows no exclusive open and no hard link, so that writers cannot be kept apart. */
export async function startRclone(): Promise<SftpServer> {
  const rclone = await ensureRclone();
  return start((folder, port) => [
    rclone,
    // Without the flag it takes the two forms of é for one name.
    [
      'serve',
      'sftp',
      folder,
      '--addr',
      `127.0.0.1:${port}`,
      '--no-unicode-normalization',
      '--config',
      '',
    ].concat('--user', username, '--pass', password, '--cache-dir', join(folder, '..', 'cache')),
  ]);
}

async function start(
  command: (folder: string, port: number) => readonly [string, readonly string[]],
): Promise<SftpServer> {
  const dir = await tempDir('sftp-');
  const folder = join(dir.path, 'files');
  await mkdir(folder);
  const port = await freePort();
  const [file, args] = command(folder, port);
  const server = execa(file, args, { reject: false, stdin: 'ignore', all: true, env: { HOME: dir.path } });
  const stop = async (): Promise<void> => {
    server.kill();
    await server;
    await dir.remove();
  };
  for (let attempt = 0; ; attempt += 1) {
    const hostFingerprint = await readFingerprint(port);
    if (hostFingerprint !== undefined) {
      return { port, username, password, hostFingerprint, folder, stop };
    }
    if (attempt === 600 || server.exitCode !== null) {
      server.kill();
      const { all } = await server;
      await dir.remove();
      throw new Error(`the SFTP server did not start: ${all}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a user learns from `ssh-keyscan`; undefined while nobody listens. */
function readFingerprint(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    client.on('error', () => resolve(undefined));
    client.connect({
      host: '127.0.0.1',
      port,
      username,
      hostVerifier: (key: Buffer) => {
        resolve(fingerprintOf(key));
        return false;
      },
    });
  });
}
