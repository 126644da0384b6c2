import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';

const binary = path.join(import.meta.dirname, '..', 'bin', 'milvus-backup.js');
const cwd = mkdtempSync(path.join(tmpdir(), 'milvus-backup-bin-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const start = (...argv: string[]) =>
  execa(process.execPath, [binary, ...argv], { cwd, reject: false, extendEnv: true });

describe('the built program', () => {
  it('answers --help and --version on stdout', async () => {
    const help = await start('--help');
    expect([help.exitCode, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('milvus-backup create');
    expect(await start('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^milvus-backup \d+\.\d+\.\d+$/),
      stderr: '',
    });
  });

  it('answers an unknown command with 64 and a suggestion on stderr', async () => {
    const { exitCode, stdout, stderr } = await start('lst');
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain('Error: unknown command "lst" for "milvus-backup"');
    expect(stderr).toContain('did you mean list');
  });

  it('answers a missing configuration with 2 and no stack', async () => {
    const { exitCode, stdout, stderr } = await start('list', '--config', 'nosuch.yaml');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Error: .*nosuch\.yaml/);
    expect(stderr).not.toContain('    at ');
  });

  it('shows the configuration', async () => {
    const { exitCode, stdout } = await start('--config', '', 'config', 'show', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ file: null });
  });

  it('does not mind a reader that leaves early', async () => {
    const { exitCode, stderr } = await execa({
      shell: true,
      cwd,
      reject: false,
    })`${process.execPath} ${binary} --help | head -1`;
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('says that a result could not be written', async () => {
    const { exitCode, stderr } = await execa({
      shell: true,
      cwd,
      reject: false,
    })`${process.execPath} ${binary} --help > /dev/full`;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Error: .* stdout: ENOSPC.*$/)]);
  });

  it('goes on serving when nobody reads its log, or its disk is full', async () => {
    const full = { cwd, reject: false, stderr: { file: '/dev/full' } } as const;
    const server = execa(process.execPath, [binary, '--config', '', 'server', '-p', '0', '--json'], full);
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      server.stdout.on('data', (chunk) => {
        text += String(chunk);
        if (text.endsWith('}\n')) resolve(JSON.parse(text).url);
      });
      server.then(() => reject(new Error('it has ended')), reject);
    });
    for (let call = 0; call < 3; call++) expect((await fetch(`${url}/api/v1/hello`)).status).toBe(200);
    server.kill('SIGTERM');
    expect((await server).exitCode).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is cancelled by %s and ends with %i', async (signal, code) => {
    // Takes connections and never answers.
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const store = `milvus.storage.address=127.0.0.1,milvus.storage.port=${port}`;
    const command = start('--config', '', 'check', '--set', `${store},milvus.grpc.port=${port}`);
    await once(silent, 'connection');
    command.kill(signal);
    const { exitCode, stdout, stderr } = await command;
    silent.close();
    expect(exitCode).toBe(code);
    // Lines told by then stay; the report does not come.
    expect(stdout).not.toMatch(/Success!|Failed:/);
    expect(stderr).toContain(`${signal} received: cancelling and cleaning up`);
    expect(stderr).toContain(`Error: cancelled by ${signal}\n  → run the same command again`);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, then ends with 0', async (signal) => {
    const server = start('--config', '', 'server', '-p', '0', '--json');
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      server.stdout.on('data', (chunk) => {
        text += String(chunk);
        if (text.endsWith('}\n')) resolve(JSON.parse(text).url);
      });
      server.then(({ stderr }) => reject(new Error(stderr)), reject);
    });
    const reply = await fetch(`${url}/api/v1/hello`);
    expect(await reply.text()).toContain('Hello');
    server.kill(signal);
    const { exitCode, stderr } = await server;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Stopping');
  });
});
