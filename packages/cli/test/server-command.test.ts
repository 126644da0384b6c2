import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../src/index.js';
import { run, type TestOptions } from './test-host.js';

const noFile = ['--config', ''];

/** Starts the command and stops it once it listens. */
async function serveAndStop(argv: readonly string[], options: TestOptions = {}) {
  let send: (signal: StopSignal) => void = () => undefined;
  const done = run(argv, {
    ...options,
    onSignals: (sender) => {
      send = sender;
    },
  });
  let ended = false;
  void done.finally(() => {
    ended = true;
  });
  while (!ended) {
    send('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return done;
}

describe('server', () => {
  it('listens on loopback and says where', async () => {
    const { code, stdout, stderr, servers, service } = await serveAndStop(['server', ...noFile]);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(servers).toMatchObject([{ host: '127.0.0.1', port: 8080 }]);
    expect(stderr).toContain(
      'Listening on http://127.0.0.1:8080, API documentation at http://127.0.0.1:8080/api/v1/docs/index.html',
    );
    expect(service.calls).toContainEqual(['drain', 20_000]);
    expect(service.calls).toContainEqual(['server.close']);
    expect(service.calls).toContainEqual(['close']);
  });

  it.each<[string[], Record<string, string>, number]>([
    [['-p', '9000'], {}, 9000],
    [[], { SERVER_PORT: '9001' }, 9001],
    [['-p', '9002'], { SERVER_PORT: '9001' }, 9002],
    [['--port=0'], {}, 0],
  ])('%j with %j listens on %i', async (flags, env, port) => {
    const { servers } = await serveAndStop(['server', ...noFile, ...flags], { env });
    expect(servers).toMatchObject([{ port }]);
  });

  it('warns of what the server says, and tells the address as JSON', async () => {
    const { stdout, stderr } = await serveAndStop(
      ['server', ...noFile, '--host', '0.0.0.0', '-p0', '--json'],
      { serverWarnings: ['the API has no login'] },
    );
    expect(stderr).toContain('Warning: the API has no login');
    expect(JSON.parse(stdout)).toEqual({
      url: 'http://0.0.0.0:12345',
      docs: 'http://0.0.0.0:12345/api/v1/docs/index.html',
      host: '0.0.0.0',
      port: 12345,
    });
  });

  it.each<[string, string]>([
    ['abc', 'invalid port: abc'],
    ['80.5', 'invalid port: 80.5'],
    ['99999', 'fail to run server, server: run http server: listen tcp: address 99999: invalid port'],
    ['-1', 'fail to run server, server: run http server: listen tcp: address -1: invalid port'],
  ])('refuses the port %s', async (port, message) => {
    const { code, stderr, service } = await run(['server', ...noFile, '-p', port]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(`Error: ${message}`)]);
    expect(service.calls).toEqual([]);
  });
});
