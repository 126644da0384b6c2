import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installOnce } from '../src/cache/install-once.js';
import { type TempDir, tempDir } from '../src/index.js';

let cache: TempDir;

beforeEach(async () => {
  cache = await tempDir();
  vi.stubEnv('MILVUS_BACKUP_CACHE', cache.path);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await cache.remove();
});

test('builds once, also when asked twice at the same time', async () => {
  const build = vi.fn(async (folder: string) => writeFile(join(folder, 'file'), 'content'));
  const [one, other] = await Promise.all([installOnce('tool-1', build), installOnce('tool-1', build)]);
  await installOnce('tool-1', build);
  expect(one).toBe(other);
  expect(await readFile(join(one, 'file'), 'utf8')).toBe('content');
  expect(build).toHaveBeenCalledTimes(1);
});

test('leaves nothing behind when building fails, and can be tried again', async () => {
  const broken = installOnce('tool-2', async () => {
    throw new Error('no network');
  });
  await expect(broken).rejects.toThrow('no network');
  expect(await readdir(cache.path)).toEqual([]);
  await installOnce('tool-2', async () => {});
  expect(await readdir(cache.path)).toEqual(['tool-2']);
});

test('the loser of a race between two processes takes the result of the winner', async () => {
  const folder = await installOnce('tool-3', async () => {
    // What another process would do in the meantime.
    const winner = join(cache.path, 'tool-3');
    await (await import('node:fs/promises')).mkdir(winner);
    await writeFile(join(winner, 'file'), 'from the winner');
  });
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('from the winner');
  expect(await readdir(cache.path)).toEqual(['tool-3']);
});
