import { join } from 'node:path';
import {
  connectMilvus,
  createFixture,
  documentsFixture,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../dist/main.js');
const token = 'only-for-this-test';
let stack: Stack;
let dir: TempDir;
let server: { readonly url: string; stop(): Promise<number | undefined> };

beforeAll(async () => {
  stack = await startStack();
  dir = await tempDir();
  const client = await connectMilvus(stack.milvus);
  try {
    await createFixture(client, documentsFixture({ rows: 500, seed: 3 }));
  } finally {
    await client.closeConnection();
  }
  server = await startProgram(await writeBackupYaml(dir.path, stack));
});
afterAll(async () => {
  await server?.stop();
  await stack?.stop();
  await dir?.remove();
});

async function startProgram(config: string): Promise<typeof server> {
  const running = execa(process.execPath, [program, '--config', config, '--port', '0'], {
    env: { BACKUP_TOKEN: token },
    reject: false,
    stdin: 'ignore',
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    running.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /^Listening on (\S+)\n/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    running.then(({ exitCode, stderr }) => reject(new Error(`ended with ${exitCode}: ${stderr}`)), reject);
  });
  return {
    url,
    async stop() {
      running.kill('SIGTERM');
      return (await running).exitCode;
    },
  };
}

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${token}` } });

it('keeps strangers out of the API and of its documentation', async () => {
  for (const path of ['/backup/api/v1/list', '/backup/api/v1/docs/index.html', '/backup/api/v1/check']) {
    const reply = await fetch(server.url + path);
    expect([path, reply.status, reply.headers.get('x-served-by')]).toEqual([path, 401, 'mount-server']);
  }
  expect((await fetch(`${server.url}/api/v1/list`)).status).toBe(404);
});

it('serves the API below a path of its own, beside a route that uses the same service', async () => {
  expect(await (await fetch(`${server.url}/status`)).json()).toEqual({ backups: 0, names: [] });

  const created = await call('/backup/api/v1/create', {
    method: 'POST',
    body: JSON.stringify({ backup_name: 'mounted' }),
  });
  expect(created.headers.get('x-served-by')).toBe('mount-server');
  expect(await created.json()).toMatchObject({ msg: 'success', data: { name: 'mounted', state_code: 2 } });
  expect(await (await fetch(`${server.url}/status`)).json()).toEqual({ backups: 1, names: ['mounted'] });

  const listed = await call('/backup/api/v1/list');
  expect(await listed.json()).toMatchObject({ data: [{ name: 'mounted' }] });
  const unknown = await call('/backup/api/v1/get_backup?backup_name=nosuch');
  expect(await unknown.json()).toMatchObject({ code: 404, data: null });
  const deleted = await call('/backup/api/v1/delete?backup_name=mounted', { method: 'DELETE' });
  expect(await deleted.json()).toMatchObject({ msg: 'success' });
  expect(await (await fetch(`${server.url}/status`)).json()).toEqual({ backups: 0, names: [] });
});

it('has the documentation where it is mounted', async () => {
  expect((await call('/backup/api/v1/docs/index.html')).status).toBe(200);
  const document = JSON.stringify(await (await call('/backup/api/v1/docs/doc.json')).json());
  expect(document).toContain('/backup/api/v1');
});

it('ends cleanly on SIGTERM', async () => {
  expect(await server.stop()).toBe(0);
});
