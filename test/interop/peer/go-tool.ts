import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@milvus-backup/test-support';
import { execa } from 'execa';

/** The Go tool on one configuration file. */
export interface GoTool {
  /** Runs a command and gives its standard output. @throws Error with its output when the exit code is not 0 */
  run(...args: readonly string[]): Promise<string>;
  /** Its REST server on a free port; stopped by `stop`. */
  serve(): Promise<GoServer>;
}

export interface GoServer {
  /** `http://127.0.0.1:<port>/api/v1` */
  readonly api: string;
  stop(): Promise<void>;
}

const patience = 30_000;

/**
 * The binary that `MILVUS_BACKUP_PEER` names. There is no default and no download: whoever runs these tests has it.
 * @throws Error when the variable is not set, since a test that is asked for must not pass by doing nothing
 */
export function peerBinary(): string {
  const binary = process.env.MILVUS_BACKUP_PEER;
  // npm runs scripts in the package's folder; the path is meant from where npm was called.
  if (binary) return resolve(process.env.INIT_CWD ?? '', binary);
  throw new Error('set MILVUS_BACKUP_PEER to the path of a milvus-backup binary of the Go tool');
}

/**
 * @param config its `backup.yaml`
 * @param cwd where it may write its logs
 */
export function openGoTool(binary: string, config: string, cwd: string): GoTool {
  return {
    async run(...args) {
      const { stdout } = await execa(binary, [...args, '--config', config], { cwd });
      return stdout;
    },
    async serve() {
      const port = await freePort();
      const server = execa(binary, ['server', '-p', String(port), '--config', config], {
        cwd,
        reject: false,
        all: true,
      });
      const stop = async (): Promise<void> => {
        server.kill('SIGTERM', new Error('the test is over'));
        await server;
      };
      const api = `http://127.0.0.1:${port}/api/v1`;
      if (await answers(`${api}/list`)) return { api, stop };
      await stop();
      throw new Error(
        `the server of the Go tool did not answer within ${patience} ms: ${(await server).all}`,
      );
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    try {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      return true;
    } catch {
      // not listening yet
      await delay(200);
    }
  }
  return false;
}

/** The JSON document at the end of an output that may begin with a banner and log lines. */
export function jsonAtEnd(output: string): string {
  const start = output.search(/^\{$/m);
  if (start < 0) throw new Error(`there is no JSON in ${output}`);
  return output.slice(start);
}
