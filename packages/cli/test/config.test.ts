import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, run } from './test-host.js';

function makeConfig(text: string): string {
  const cwd = makeFolder();
  writeFileSync(path.join(cwd, 'backup.yaml'), text);
  return cwd;
}

describe('config show', () => {
  it('shows values, sources and no secret', async () => {
    const cwd = makeConfig('configVersion: v2\nmilvus:\n  password: hush-hush\n  grpc:\n    port: 19999\n');
    const { code, stdout } = await run(['config', 'show', '--set', 'milvus.user=root'], { cwd });
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^PARAMETER +VALUE +SOURCE +SOURCE_KEY$/);
    expect(stdout).toMatch(/^milvus\.grpc\.port +19999 +config +milvus\.grpc\.port$/m);
    expect(stdout).toMatch(/^milvus\.user +root +override /m);
    expect(stdout).not.toContain('hush-hush');
  });

  it('shows the same as JSON', async () => {
    const cwd = makeConfig('configVersion: v2\nmilvus:\n  grpc:\n    port: 19999\n');
    const { stdout } = await run(['config', 'show', '--json'], { cwd });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ version: 'v2', file: path.join(cwd, 'backup.yaml'), warnings: [] });
    expect(document.settings).toContainEqual({
      key: 'milvus.grpc.port',
      value: '19999',
      source: 'config',
      sourceKey: 'milvus.grpc.port',
      line: 4,
    });
  });

  it('has an old name, with a warning', async () => {
    const { code, stdout, stderr } = await run(['check', 'config', '--config', '']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('PARAMETER')]);
    expect(stderr).toContain('Warning: "check config" is deprecated, use "config show" instead');
  });

  it('explains itself when the command is not whole', async () => {
    const { code, stdout } = await run(['config']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('milvus-backup config show')]);
  });
});

describe('config migrate', () => {
  const old = 'milvus:\n  address: milvus.example.com\n  password: hush-hush\n';

  it('writes to stdout and reports on stderr', async () => {
    const { code, stdout, stderr } = await run(['config', 'migrate'], { cwd: makeConfig(old) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^configVersion: v2\n/);
    expect(stdout).toContain('address: milvus.example.com');
    expect(stderr).not.toContain('hush-hush');
  });

  it('writes a file for its owner alone, and no second time', async () => {
    const cwd = makeConfig(old);
    const file = path.join(cwd, 'new.yaml');
    const migrate = (...flags: string[]) => run(['config', 'migrate', '-o', 'new.yaml', ...flags], { cwd });
    expect(await migrate()).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^configVersion: v2\n/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, 'mine');
    expect(await migrate()).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await migrate('--force')).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toMatch(/^configVersion: v2\n/);
  });

  it('ends with 1 for a file that is v2 already', async () => {
    const { code, stderr } = await run(['config', 'migrate'], { cwd: makeConfig('configVersion: v2\n') });
    expect([code, stderr]).toEqual([1, expect.stringContaining('schema v2 already')]);
  });

  it('strictly refuses a result that is not valid', async () => {
    const cwd = makeConfig(`${old}minio:\n  storageType: nosuch\n`);
    const { code, stdout } = await run(['config', 'migrate', '--strict'], { cwd });
    expect([code, stdout]).toEqual([1, '']);
  });
});

describe('the configuration', () => {
  it.each<[string, string[]]>([
    ['a missing file', ['list', '--config', 'nosuch.yaml']],
    ['a --set without =', ['list', '--config', '', '--set', 'nonsense']],
    ['a value of the wrong type', ['list', '--config', '', '--set', 'milvus.grpc.port=many']],
  ])('ends with 2 on %s', async (_, argv) => {
    const { code, stdout, stderr, service } = await run(argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).not.toContain('    at ');
    expect(service.calls).toEqual([]);
  });

  it('warns on stderr of what it did not understand', async () => {
    const cwd = makeConfig('configVersion: v2\nmilvus:\n  usr: root\n');
    const { code, stdout, stderr } = await run(['list'], { cwd });
    expect([code, stdout]).toEqual([0, '>> Backups:\nb1\nb2\n']);
    expect(stderr).toMatch(/^Warning: .*milvus\.usr/m);
  });

  it('is read in the folder of $MILVUSCONF', async () => {
    const cwd = makeFolder();
    mkdirSync(path.join(cwd, 'here'));
    writeFileSync(path.join(cwd, 'here', 'backup.yaml'), 'configVersion: v2\n');
    const { code } = await run(['list'], { cwd, env: { MILVUSCONF: path.join(cwd, 'here') } });
    expect(code).toBe(0);
  });
});

it('each of several mistakes has its line and its remedy', async () => {
  const cwd = makeConfig('milvus:\n  port: abc\n  tlsMode: x\n');
  const { code, stderr } = await run(['list'], { cwd });
  expect(code).toBe(2);
  expect(stderr.split('\n').filter((line) => line.startsWith('  → '))).toHaveLength(2);
});
