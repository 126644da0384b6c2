import { execFileSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBackupError, type StorageDriver } from '@milvus-backup/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalDriver } from '../src/index.js';
import { standsInside } from '../src/paths.js';

let root = '';
let directory = '';
let driver: StorageDriver;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'driver-local-')));
  directory = join(root, 'bucket');
  await mkdir(directory);
  driver = createLocalDriver({ section: 'backup.storage', directory });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'resolved',
    (error: unknown) => (isBackupError(error) ? error.code : String(error)),
  );
const list = async (prefix = ''): Promise<string[]> => {
  const keys: string[] = [];
  for await (const entry of driver.list(prefix))
    keys.push(entry.type === 'object' ? entry.key : entry.prefix);
  return keys;
};

it('an object is a plain file', async () => {
  await driver.put('a/b/c.json', Buffer.from('{}'));
  expect(await readFile(join(directory, 'a', 'b', 'c.json'), 'utf8')).toBe('{}');
});

describe('symbolic links', () => {
  beforeEach(async () => {
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside', 'secret'), 'secret');
  });

  it.each(['link', 'folder/link'])('to a folder outside, at %s', async (name) => {
    await mkdir(join(directory, 'folder'));
    await symlink(join(root, 'outside'), join(directory, name));
    const key = `${name}/secret`;
    expect(await codeOf(driver.get(key))).toBe('INVALID_KEY');
    expect(await codeOf(driver.head(key))).toBe('INVALID_KEY');
    expect(await codeOf(driver.put(`${name}/new`, Buffer.from('x')))).toBe('INVALID_KEY');
    expect(await codeOf(driver.put(`${name}/deep/new`, Buffer.from('x')))).toBe('INVALID_KEY');
    expect(await codeOf(driver.delete([key]))).toBe('INVALID_KEY');
    expect(await codeOf(driver.copyFrom(driver, key, 'copy'))).toBe('INVALID_KEY');
    expect(await codeOf(list(`${name}/`))).toBe('INVALID_KEY');
    expect(await list()).toEqual([]);
    expect(await readdir(join(root, 'outside'))).toEqual(['secret']);
  });

  it('to a file outside', async () => {
    await symlink(join(root, 'outside', 'secret'), join(directory, 'link'));
    expect(await codeOf(driver.get('link'))).toBe('INVALID_KEY');
    expect(await codeOf(driver.head('link'))).toBe('INVALID_KEY');
    expect(await codeOf(driver.delete(['link']))).toBe('INVALID_KEY');
    expect(await codeOf(driver.copyFrom(driver, 'link', 'copy'))).toBe('INVALID_KEY');
    expect(await list()).toEqual([]);
  });

  it('writing over a link replaces the link, not what it points to', async () => {
    await symlink(join(root, 'outside', 'secret'), join(directory, 'link'));
    await driver.put('link', Buffer.from('new'));
    expect(await readFile(join(root, 'outside', 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(join(directory, 'link'), 'utf8')).toBe('new');
  });

  it('put on the way while a write goes on: nothing goes through it', async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      await rename(join(directory, 'folder'), join(root, 'moved'));
      await symlink(join(root, 'outside'), join(directory, 'folder'));
      yield Buffer.from('y');
    }
    expect(await codeOf(driver.put('folder/secret', body()))).toBe('INVALID_KEY');
    expect(await readdir(join(root, 'outside'))).toEqual(['secret']);
    expect(await readFile(join(root, 'outside', 'secret'), 'utf8')).toBe('secret');
  });

  it('taken away again before the second look: what was opened outside is known by its identity', async () => {
    await driver.put('folder/secret', Buffer.from('inside'));
    const path = join(directory, 'folder', 'secret');
    const outside = await open(join(root, 'outside', 'secret'));
    const inside = await open(path);
    expect(await standsInside(directory, path, outside)).toBe(false);
    expect(await standsInside(directory, path, inside)).toBe(true);
    await Promise.all([outside.close(), inside.close()]);
  });

  it('the directory itself may be one', async () => {
    await symlink(directory, join(root, 'alias'));
    const alias = createLocalDriver({ section: 'backup.storage', directory: join(root, 'alias') });
    await alias.put('a/b', Buffer.from('x'));
    expect(await list()).toEqual(['a/b']);
    await alias.delete(['a/b']);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('unfinished files', () => {
  const leftover = '.milvus-backup-tmp-of-a-killed-run';
  beforeEach(() => writeFile(join(directory, leftover), 'half'));

  it('are not listed, and no keys', async () => {
    await driver.put('a', Buffer.from('x'));
    expect(await list()).toEqual(['a']);
    expect(await codeOf(driver.get(leftover))).toBe('INVALID_KEY');
    expect(await codeOf(driver.put(leftover, Buffer.from('x')))).toBe('INVALID_KEY');
  });

  it('do not appear while a write goes on, and none stays after it failed', async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      expect((await readdir(join(directory, 'a'))).length).toBe(1);
      expect(await list()).toEqual([]);
      throw new Error('stop');
    }
    expect(await codeOf(driver.put('a/b', body()))).toBe('STORAGE_ERROR');
    expect(await readdir(directory)).toEqual([leftover]);
  });
});

describe('folders', () => {
  it('go with their last file, up to the directory', async () => {
    await driver.put('a/b/c/d', Buffer.from('x'));
    await driver.put('a/e', Buffer.from('x'));
    await driver.delete(['a/b/c/d']);
    expect(await readdir(join(directory, 'a'))).toEqual(['e']);
    await driver.delete(['a/e']);
    expect(await readdir(directory)).toEqual([]);
  });

  it('without files are none to a listing', async () => {
    await mkdir(join(directory, 'empty', 'deep'), { recursive: true });
    await driver.put('full/a', Buffer.from('x'));
    const folders: unknown[] = [];
    for await (const entry of driver.list('', { delimiter: '/' })) folders.push(entry);
    expect(folders).toEqual([{ type: 'prefix', prefix: 'full/' }]);
  });
});

it('a pipe that somebody put there is no object, and nobody waits for it', async () => {
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  expect(await driver.head('pipe')).toBeNull();
  expect(await codeOf(driver.get('pipe'))).toBe('OBJECT_NOT_FOUND');
  expect(await list()).toEqual([]);
});

it('a file that becomes shorter while it is read fails the stream', async () => {
  await driver.put('a', Buffer.alloc(2_000_000));
  const { body } = await driver.get('a');
  await writeFile(join(directory, 'a'), 'short');
  expect(await codeOf(body.toArray())).toBe('STORAGE_ERROR');
});

it('a directory that is a file is a wrong setting', async () => {
  await writeFile(join(root, 'file'), 'x');
  const wrong = createLocalDriver({ section: 'backup.storage', directory: join(root, 'file') });
  expect(await codeOf(wrong.bucketExists())).toBe('CONFIG_INVALID');
});

it('a file system that takes no folders is told, and not asked for ever', async () => {
  const nowhere = createLocalDriver({ section: 'backup.storage', directory: '/proc/bucket/below' });
  expect(await codeOf(nowhere.createBucket())).toBe('STORAGE_ERROR');
});
