import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { makeCertificate, type TempDir, tempDir } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';

/*
 * The built server against callers that want in, or want it down. It needs neither Milvus nor a bucket: backups lie in an
 * empty folder.
 */

const secrets = [
  'planted-admin-0123456789',
  'planted-operate-0123456789',
  'planted-read-0123456789',
] as const;
const [admin, operate, read] = secrets;
const storeKey = 'planted-key-of-the-store';

let folder: TempDir;
beforeAll(async () => {
  folder = await tempDir();
  await mkdir(join(folder.path, 'backups'));
  await writeFile(join(folder.path, 'operate-token'), `${operate}\n`);
});
afterAll(() => folder.remove());

interface Attacked {
  readonly url: string;
  readonly pid: number;
  /** All that the server has written so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
}

const commands: { kill(signal: NodeJS.Signals): unknown; readonly done: Promise<unknown> }[] = [];
afterEach(async () => {
  for (const command of commands.splice(0)) {
    command.kill('SIGTERM');
    await command.done;
  }
});

function writeConfig(server: string): Promise<void> {
  return writeFile(
    join(folder.path, 'backup.yaml'),
    `configVersion: v2
server:
${server}
milvus:
  storage: { provider: minio, address: 127.0.0.1, port: 1, auth: { secretAccessKey: ${storeKey} } }
backup:
  storage: { provider: local, rootPath: ${join(folder.path, 'backups')} }
`,
  );
}

const withTokens = `  auth:
    tokens:
      - { name: boss, role: admin, token: "${admin}" }
      - { name: worker, role: operate, tokenFile: ${'OPERATE'} }
      - { name: watcher, role: read, token: "\${env:READ_TOKEN}" }
`;

async function start(...flags: string[]): Promise<Attacked> {
  process.env.READ_TOKEN = read;
  const command = startCommand({ cwd: folder.path }, 'server', '-p', '0', '--json', ...flags);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    command.stdout.on('data', (chunk) => {
      output += String(chunk);
      stdout += String(chunk);
      if (stdout.endsWith('}\n')) resolve(String(parseDocument(stdout).url));
    });
    command.stderr.on('data', (chunk) => (output += String(chunk)));
    command.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  commands.push({ kill: (signal) => command.kill(signal), done: command });
  return { url, pid: command.pid ?? 0, output: () => output, signal: (name) => command.kill(name) };
}

const startWithTokens = async (): Promise<Attacked> => {
  await writeConfig(withTokens.replace('OPERATE', join(folder.path, 'operate-token')));
  return start();
};

const bearer = (token: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
});

/** Bytes of memory that a process holds, as the kernel counts them. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Every call that the documents describe, with paths filled in. */
async function describedCalls(url: string): Promise<{ method: string; path: string }[]> {
  const calls: { method: string; path: string }[] = [];
  for (const [document, base] of [
    ['v1/docs/doc.json', 'v1'],
    ['v2/openapi.json', 'v2'],
  ] as const) {
    const reply = await fetch(`${url}/api/${document}`);
    const { paths } = (await reply.json()) as { paths: Record<string, Record<string, unknown>> };
    for (const [path, item] of Object.entries(paths))
      for (const method of Object.keys(item).filter((key) => /^(get|post|put|delete|patch)$/.test(key)))
        calls.push({ method: method.toUpperCase(), path: `/api/${base}${path.replaceAll(/\{\w+\}/g, 'x')}` });
  }
  return calls;
}

test('off loopback the server does not start unless it asks who calls', async () => {
  await writeConfig('  debugMode: false');
  const { exitCode, stderr } = await startCommand(
    { cwd: folder.path },
    'server',
    '-p',
    '0',
    '--host',
    '0.0.0.0',
  );
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('would let everyone in');
  expect(stderr).toContain('SERVER_AUTH_TOKEN');
});

describe('with tokens', () => {
  test('no described call but the health check answers a stranger', async () => {
    const { url, output } = await startWithTokens();
    const calls = await describedCalls(url);
    expect(calls.length).toBeGreaterThan(20);
    for (const { method, path } of calls) {
      for (const headers of [{}, bearer('wrong').headers, bearer(`${read}x`).headers]) {
        const body = method === 'POST' ? { body: '{}' } : {};
        const reply = await fetch(`${url}${path}`, { method, headers, ...body });
        expect([method, path, reply.status]).toEqual([
          method,
          path,
          path === '/api/v2/healthz'
            ? 200
            : expect.toSatisfy((status: number) => status === 401 || status === 429),
        ]);
        expect(await reply.text()).not.toContain('planted');
      }
    }
    expect(output()).not.toContain('planted');
  });

  test('roles are kept apart', async () => {
    const { url } = await startWithTokens();
    const statusOf = async (token: string, method: string, path: string): Promise<number> =>
      (await fetch(`${url}${path}`, { method, ...bearer(token) })).status;
    expect(await statusOf(read, 'GET', '/api/v1/list')).toBe(200);
    expect(await statusOf(operate, 'GET', '/api/v1/list')).toBe(200);
    expect(await statusOf(read, 'POST', '/api/v1/create')).toBe(403);
    expect(await statusOf(read, 'DELETE', '/api/v1/delete?backup_name=x')).toBe(403);
    expect(await statusOf(operate, 'DELETE', '/api/v1/delete?backup_name=x')).toBe(403);
    expect(await statusOf(operate, 'DELETE', '/api/v2/backups/x')).toBe(403);
    expect([401, 403]).not.toContain(await statusOf(admin, 'DELETE', '/api/v1/delete?backup_name=x'));
  });

  test('1,000 requests at once, large bodies and slow clients neither stop it nor fill its memory', async () => {
    const { url, pid, output } = await startWithTokens();
    const { port } = new URL(url);
    for (let warm = 0; warm < 20; warm++) await (await fetch(`${url}/api/v1/list`, bearer(read))).text();
    const before = await memoryOf(pid);

    // never end their headers, or their body; some send garbage
    const beginnings = [
      'GET /api/v1/list HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
      'POST /api/v1/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{',
      `POST /api/v1/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${admin}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{    `,
      '\u0016\u0003\u0001\u0000garbage\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ];
    const slow = await Promise.all(
      Array.from({ length: 200 }, async (_, at): Promise<Socket> => {
        const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(beginnings[at % beginnings.length] ?? '');
        return socket;
      }),
    );

    const large = Buffer.alloc(17 * 1024 * 1024, ' ');
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, async (_, at): Promise<number | string> => {
        const token = at % 2 === 0 ? read : `guess-${at}`;
        const upload = at % 50 === 1;
        const reply = await fetch(`${url}/api/v1/${upload ? 'create' : 'list'}`, {
          ...bearer(upload ? admin : token),
          ...(upload ? { method: 'POST', body: large } : {}),
        }).catch(() => null);
        if (reply === null) return upload ? 'cut' : 'lost';
        await reply.text().catch(() => undefined);
        return reply.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(500);
    for (const status of new Set(statuses)) expect([200, 401, 429, 413, 'cut']).toContain(status);

    expect((await memoryOf(pid)) - before).toBeLessThan(300 * 1024 * 1024);
    expect((await fetch(`${url}/api/v1/list`, bearer(read))).status).toBe(200);
    for (const socket of slow) socket.destroy();
    expect(output()).not.toContain('planted');
    expect(output()).toContain('"name":"audit"');
  });

  test('a name, path or id from a stranger to the store leads nowhere', async () => {
    const { url, output } = await startWithTokens();
    for (const name of [
      '..',
      '../etc',
      'a/../../b',
      '%2e%2e%2f',
      'a\u0000b',
      '\u001b[2J',
      '__proto__',
      'constructor',
      'x'.repeat(5000),
    ]) {
      const query = new URLSearchParams({ backup_name: name });
      for (const path of [`get_backup?${query}`, `get_backup?${query}&download=true`]) {
        const reply = await fetch(`${url}/api/v1/${path}`, bearer(admin));
        const text = await reply.text();
        expect([name.slice(0, 20), text, [200, 400, 404].includes(reply.status)]).toEqual([
          name.slice(0, 20),
          text,
          true,
        ]);
        expect(text).not.toContain('"msg":"success"');
      }
      const removed = await fetch(`${url}/api/v1/delete?${query}`, { method: 'DELETE', ...bearer(admin) });
      expect(await removed.text()).not.toContain('"msg":"success"');
    }
    expect(output()).not.toContain('planted');
    expect(output()).not.toContain('\u001b[2J');
  });
});

test('a new certificate is taken on SIGHUP, and a broken one is not', async () => {
  const first = makeCertificate();
  const place = async ({ cert, key }: { cert: string; key: string }): Promise<void> => {
    await writeFile(join(folder.path, 'key.pem'), key);
    await writeFile(join(folder.path, 'cert.pem'), cert);
  };
  await place(first);
  await writeConfig(
    `  tls: { cert: ${join(folder.path, 'cert.pem')}, key: ${join(folder.path, 'key.pem')} }`,
  );
  const { url, output, signal } = await start();
  expect(url).toMatch(/^https:/);
  const ask = (ca: string): Promise<number | string> =>
    new Promise((resolve) => {
      request(`${url}/api/v1/list`, { ca, agent: false }, (reply) => resolve(reply.resume().statusCode ?? 0))
        .once('error', (error) => resolve(error.message))
        .end();
    });
  expect(await ask(first.cert)).toBe(200);

  await writeFile(join(folder.path, 'cert.pem'), 'broken');
  signal('SIGHUP');
  await expect.poll(output, { timeout: 20_000 }).toContain('the certificate in use stays');
  expect(await ask(first.cert)).toBe(200);

  const second = makeCertificate();
  await place(second);
  signal('SIGHUP');
  await expect.poll(() => ask(second.cert), { timeout: 20_000 }).toBe(200);
  expect(await ask(first.cert)).not.toBe(200);
  expect(output()).not.toContain('PRIVATE KEY');
});
