import {
  connectMilvus,
  createFixture,
  ensureNode24,
  type Stack,
  scalarsFixture,
  startStack,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { expectSameRows } from './harness/rows.js';

/** The other tests run on the machine's Node, this one on the newest that is supported. */
describe('the command on Node 24', () => {
  let dir: TempDir;
  let stack: Stack;
  let client: MilvusClient;
  let node: string;
  const fixture = scalarsFixture({ rows: 300, seed: 51 });

  beforeAll(async () => {
    dir = await tempDir();
    [stack, node] = await Promise.all([startStack(), ensureNode24()]);
    client = await connectMilvus(stack.milvus);
    await createFixture(client, fixture);
    await writeBackupYaml(dir.path, stack);
  });

  afterAll(async () => {
    await client?.closeConnection();
    await stack?.stop();
    await dir?.remove();
  });

  it('backs up, lists and restores, every row equal', async () => {
    expect((await execa(node, ['--version'])).stdout).toMatch(/^v24\./);
    const run = (...args: string[]) => startCommand({ cwd: dir.path, node }, ...args);
    const create = await run('create', '-n', 'b24');
    expect([create.exitCode, create.stdout]).toEqual([0, expect.stringContaining('create backup success')]);
    // No warning of Node about what is deprecated there.
    expect(create.stderr).not.toMatch(/warning/i);
    expect((await run('list')).stdout).toBe('>> Backups:\nb24');
    const restore = await run('restore', '-n', 'b24', '-s', '_24', '--rebuild_index', '--json');
    expect(restore.exitCode).toBe(0);
    expect(parseDocument(restore.stdout)).toMatchObject({ state: 'success', collections: [{ rows: 285 }] });
    const { collection } = fixture;
    await expectSameRows({ client, collection }, { client, collection: `${collection}_24` });
    expect((await run('delete', '-n', 'b24')).exitCode).toBe(0);
  });
});
