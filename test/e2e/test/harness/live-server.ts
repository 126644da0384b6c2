import { setTimeout as delay } from 'node:timers/promises';
import { parseDocument, startCommand } from './binary.js';

type Data = Readonly<Record<string, unknown>>;

/** A `milvus-backup server` of its own process. */
export interface RunningServer {
  readonly url: string;
  get(path: string): Promise<Data>;
  post(path: string, body: object): Promise<Data>;
  delete(path: string): Promise<Data>;
  /** Asks until the data of the reply is as wanted. */
  until(path: string, isDone: (data: Data) => boolean): Promise<Data>;
  /** Ends it by SIGTERM; gives the exit code. */
  stop(): Promise<number | undefined>;
}

/** Starts it with the `backup.yaml` of a folder, on a free port, and waits until it listens. */
export async function startServer(cwd: string): Promise<RunningServer> {
  const command = startCommand({ cwd }, 'server', '-p', '0', '--json');
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    command.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (text.endsWith('}\n')) resolve(String(parseDocument(text).url));
    });
    command.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  const call = async (method: string, path: string, body?: object): Promise<Data> => {
    const reply = await fetch(`${url}/api/v1/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return parseDocument(await reply.text());
  };
  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    delete: (path) => call('DELETE', path),
    async until(path, isDone) {
      for (;;) {
        const { data } = await call('GET', path);
        if (typeof data === 'object' && data !== null && isDone({ ...data })) return { ...data };
        await delay(100);
      }
    },
    async stop() {
      command.kill('SIGTERM');
      return (await command).exitCode;
    },
  };
}
