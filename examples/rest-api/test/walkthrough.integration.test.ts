import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ensurePython,
  freePort,
  type Stack,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.js';
import { startControlServer } from './control-server.js';

const examples = join(import.meta.dirname, '../..');
const walkthrough = join(examples, 'rest-api/walkthrough.sh');
let python: string;
let stack: Stack;
let dir: TempDir;
let server: ApiServer;

beforeAll(async () => {
  python = await ensurePython(join(examples, 'python/requirements.txt'));
  stack = await startStack();
  dir = await tempDir();
  server = await startApiServer(await writeBackupYaml(dir.path, stack), await freePort());
  await runPython('prepare_data.py');
});
afterAll(async () => {
  await server?.stop();
  await stack?.stop();
  await dir?.remove();
});
afterEach(() => runPython('clean_data.py', '--suffix', '_recover'));

/** Throws with all that was printed unless the program ends with 0. */
async function runPython(program: string, ...args: string[]): Promise<string> {
  const { address, port } = stack.milvus;
  const where = ['--host', address, '--port', String(port)];
  const { stdout } = await execa(python, [join(examples, 'python', program), ...where, ...args], {
    stdin: 'ignore',
  });
  return stdout;
}

const walk = (env: Record<string, string> = {}) =>
  execa('sh', [walkthrough], {
    cwd: dir.path,
    env: { BASE_URL: server.url, ...env },
    reject: false,
    stdin: 'ignore',
    all: true,
  });

/** As the documented call says nothing of indexes, none are restored. */
const everyRowEqual = ['hello_milvus_recover', 'hello_milvus2_recover']
  .flatMap((name) => [
    `${name}: index made, the restore brought none`,
    `${name}: 3000 rows, every one equal; 10 searches right`,
  ])
  .join('\n');

it('tells the whole story: prepare, back up, restore, download, delete, verify', async () => {
  const { exitCode, stdout, all } = await walk();
  expect(exitCode, all).toBe(0);
  expect(stdout).toContain('"msg":"create backup is executing asynchronously"');
  expect(stdout).toContain('"msg":"restore backup is executing asynchronously"');
  expect(stdout).toContain('"target_collection_name":"hello_milvus2_recover"');
  expect(stdout).toMatch(/"data":\[\]\}$/);
  expect(await runPython('verify_data.py')).toBe(everyRowEqual);
  await expectWholeBackup(join(dir.path, 'my_backup.tar'), 'my_backup', stdout);
});

it('goes on where it was when the server is restarted between all calls', async () => {
  let restarts = 0;
  const control = await startControlServer(async () => {
    await server.restart();
    restarts += 1;
  });
  try {
    const { exitCode, all } = await walk({
      BACKUP_NAME: 'restarted',
      BETWEEN: `curl --silent --show-error --fail ${control.url}`,
    });
    expect(exitCode, `${all}\n${server.log()}`).toBe(0);
    expect(restarts).toBe(8);
  } finally {
    await control.stop();
  }
  expect(await runPython('verify_data.py')).toBe(everyRowEqual);
});

it('stops at the first call that fails, and says which', async () => {
  const unknown = await walk({ COLLECTIONS: 'nosuch' });
  expect(unknown.exitCode, unknown.all).toBe(1);
  expect(unknown.stderr).toContain('nosuch');
  expect(unknown.stdout).not.toContain('== list');

  const nobody = await walk({ BASE_URL: `http://127.0.0.1:${await freePort()}` });
  expect(nobody.exitCode).toBe(1);
  expect(nobody.stderr).toContain('walkthrough: the check at http://127.0.0.1:');
});

/** The downloaded tar holds every file of the backup: its lists, and binlogs of the size that `list` had told. */
async function expectWholeBackup(tar: string, name: string, output: string): Promise<void> {
  await execa('tar', ['-xf', tar], { cwd: dir.path });
  const folder = join(dir.path, name);
  for (const file of ['backup_meta', 'collection_meta', 'full_meta', 'partition_meta', 'segment_meta']) {
    const text = await readFile(join(folder, 'meta', `${file}.json`), 'utf8');
    expect(() => JSON.parse(text)).not.toThrow();
  }
  let bytes = 0;
  for (const entry of await readdir(join(folder, 'binlogs'), { recursive: true })) {
    const facts = await stat(join(folder, 'binlogs', entry));
    if (facts.isFile()) bytes += facts.size;
  }
  expect(output).toContain(`"name":"${name}","size":${bytes},`);
}
