import { join } from 'node:path';
import { execa } from 'execa';

const binary = join(import.meta.dirname, '../../../packages/cli/bin/milvus-backup.js');

/** `milvus-backup server` as a process of its own. */
export interface ApiServer {
  readonly url: string;
  /** What it wrote on stderr since the last start. */
  log(): string;
  /** Ends the process and starts a new one at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the built command and waits until it listens. */
export async function startApiServer(config: string, port: number): Promise<ApiServer> {
  let running = await launch(config, port);
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => running.log(),
    async restart() {
      await running.stop();
      running = await launch(config, port);
    },
    stop: () => running.stop(),
  };
}

async function launch(config: string, port: number): Promise<Pick<ApiServer, 'log' | 'stop'>> {
  const args = [binary, '--config', config, 'server', '-p', String(port)];
  const server = execa(process.execPath, args, { reject: false, stdin: 'ignore', buffer: false });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Listening on')) resolve();
    });
    server.then(({ exitCode }) => reject(new Error(`the server ended with ${exitCode}: ${text}`)), reject);
  });
  return {
    log: () => text,
    async stop() {
      server.kill('SIGTERM');
      const { exitCode } = await server;
      if (exitCode !== 0) throw new Error(`the server ended with ${exitCode}: ${text}`);
    },
  };
}
