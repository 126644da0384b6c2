import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { isBackupError } from '../../src/errors/index.js';

let cwd = '';
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'locate-')));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function write(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), 'log:\n  level: warn\n');
  }
}

async function find(path: string | null, env: Readonly<Record<string, string>> = {}) {
  const { file, warnings } = await loadConfig({ path, env, cwd, set: [] });
  return { file: file?.slice(cwd.length + 1) ?? null, warnings };
}

describe('the search for the file', () => {
  it('takes the path as given before the folders', async () => {
    write('a.yaml', 'configs/a.yaml', 'conf/a.yaml');
    expect(await find('a.yaml', { MILVUSCONF: 'conf' })).toEqual({ file: 'a.yaml', warnings: [] });
    expect(await find(join(cwd, 'conf/a.yaml'))).toEqual({ file: 'conf/a.yaml', warnings: [] });
  });

  it('takes $MILVUSCONF before ./configs, with the base name', async () => {
    write('configs/a.yaml', 'conf/a.yaml');
    const found = await find('typo/a.yaml', { MILVUSCONF: join(cwd, 'conf') });
    expect(found.file).toBe('conf/a.yaml');
    expect(found.warnings).toEqual([expect.stringContaining('"typo/a.yaml" does not exist')]);
    expect((await find('typo/a.yaml')).file).toBe('configs/a.yaml');
  });

  it('finds the default in ./configs without a word', async () => {
    write('configs/backup.yaml');
    expect(await find(null)).toEqual({ file: 'configs/backup.yaml', warnings: [] });
  });

  it.each([
    ['no UTF-8', Buffer.from('milvus:\n  user: "h\xe9l\xe8ne"\n', 'latin1'), 'is no UTF-8 text'],
    ['far too long', Buffer.alloc(1_048_577, '#'), 'has more than 1048576 bytes'],
  ])('refuses a file that is %s', async (_, bytes, message) => {
    writeFileSync(join(cwd, 'a.yaml'), bytes);
    await expect(find('a.yaml')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('ends with a file that has no end', async () => {
    await expect(find('/dev/zero')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('goes on when the path is a folder', async () => {
    write('configs/a.yaml', 'a.yaml/inner');
    expect((await find('a.yaml')).file).toBe('configs/a.yaml');
  });

  it('goes without a file for an empty path', async () => {
    write('backup.yaml');
    expect((await find('')).file).toBeNull();
  });

  it('names every place it tried', async () => {
    const error: unknown = await find('x/nosuch.yaml', { MILVUSCONF: '/conf' }).catch((e: unknown) => e);
    if (!isBackupError(error)) throw error;
    expect(error.code).toBe('CONFIG_NOT_FOUND');
    expect(error.message).toBe(
      'cfg: cannot locate config file "x/nosuch.yaml" ' +
        `(tried: ${cwd}/x/nosuch.yaml, /conf/nosuch.yaml, ${cwd}/configs/nosuch.yaml)`,
    );
    expect(error.remedy).toContain('--config');
  });

  it('does not look elsewhere when the file is there and cannot be read', async () => {
    const error: unknown = await find('bad\0name').catch((e: unknown) => e);
    expect(isBackupError(error) && error.code).toBe('CONFIG_NOT_FOUND');
  });
});
