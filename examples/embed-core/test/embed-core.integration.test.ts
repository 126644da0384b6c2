import { join } from 'node:path';
import {
  type BackupService,
  loadConfig,
  openService,
  processSurroundings,
  silentLogger,
} from '@milvus-backup/core';
import {
  compareCollections,
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
import { backUpAndRestore } from '../src/back-up-and-restore.js';

const program = join(import.meta.dirname, '../dist/main.js');
const fixture = documentsFixture({ rows: 2_000, seed: 7 });
let stack: Stack;
let dir: TempDir;
let configFile: string;
let service: BackupService;

beforeAll(async () => {
  stack = await startStack();
  dir = await tempDir();
  configFile = await writeBackupYaml(dir.path, stack);
  const surroundings = processSurroundings('0.0.0-test', [import.meta.url]);
  const config = await loadConfig({ path: configFile, env: {}, cwd: dir.path, set: [] });
  service = openService(config, silentLogger, surroundings);
  const client = await connectMilvus(stack.milvus);
  try {
    await createFixture(client, fixture);
  } finally {
    await client.closeConnection();
  }
});
afterAll(async () => {
  await service?.close();
  await stack?.stop();
  await dir?.remove();
});

const collection = `${fixture.db}.${fixture.collection}`;
const start = (...args: string[]) =>
  execa(process.execPath, [program, '--config', configFile, '--collection', collection, ...args], {
    reject: false,
    stdin: 'ignore',
    all: true,
  });
const listNames = async (): Promise<string[]> => (await service.list()).map(({ name }) => name);

it('backs up one collection, lists it and restores it, every row equal', async () => {
  const { exitCode, stdout, all } = await start('--name', 'whole');
  expect(exitCode, all).toBe(0);
  expect(stdout).toContain(`Backing up ${collection} as whole`);
  expect(stdout).toMatch(/ {2}create: \d+ %, \w/);
  expect(stdout).toMatch(/In the store: whole, \d+ bytes, from Milvus v2\.3\.5/);
  expect(stdout).toMatch(/ {2}restore: \d+ %, \w/);
  expect(stdout).toContain(`Restored ${collection}_recover`);
  const client = await connectMilvus(stack.milvus);
  try {
    const restored = { db: fixture.db, collection: `${fixture.collection}_recover` };
    expect(await compareCollections(client, fixture, client, restored)).toMatchObject({
      equal: true,
      sourceRows: expect.any(Number),
    });
  } finally {
    await client.closeConnection();
  }
});

it('cancels on Ctrl-C, leaves no backup behind, and can be run again', async () => {
  const running = start('--name', 'interrupted');
  running.stdout.once('data', () => running.kill('SIGINT'));
  const { exitCode, stderr } = await running;
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining('CANCELLED: ')]);
  expect(await listNames()).not.toContain('interrupted');

  expect(await start('--name', 'interrupted', '--suffix', '_again')).toMatchObject({ exitCode: 0 });
  expect(await listNames()).toContain('interrupted');
});

it('cancels a restore that is under way', async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const run = backUpAndRestore({
    service,
    collection,
    backupName: 'half',
    suffix: '_half',
    print: (line) => {
      lines.push(line);
      if (line.startsWith('  restore: ')) stop.abort();
    },
    signal: stop.signal,
  });
  await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(lines.some((line) => line.startsWith('Restored '))).toBe(false);
  expect(await listNames()).toContain('half');
});

it('tells what is wrong and what to do, and ends with 1', async () => {
  const { exitCode, stderr, all } = await start('--name', 'other', '--collection', 'nosuch');
  expect(exitCode, all).toBe(1);
  expect(stderr).toMatch(/^COLLECTION_NOT_FOUND: .*nosuch/);
  expect(await listNames()).not.toContain('other');
});
