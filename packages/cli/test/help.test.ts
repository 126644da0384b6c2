import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCli } from '../src/cli.js';
import { exitCodeMeanings } from '../src/index.js';
import { createFakeService } from './fake-service.js';
import { makeFolder, run } from './test-host.js';

const definitions = createCli('9.9.9').definitions();

describe('help', () => {
  it('of the program lists all commands, options and exit codes', async () => {
    for (const argv of [['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await run(argv);
      expect([code, stderr]).toEqual([0, '']);
      for (const { path: name } of definitions) expect(stdout).toContain(name);
      for (const [exit, meaning] of exitCodeMeanings) expect(stdout).toContain(`${exit}`.padEnd(5) + meaning);
      expect(stdout).toContain('--config VALUE');
    }
  });

  it.each(definitions.map((definition) => definition.path))(
    'of %s has description, details, options and examples',
    async (name) => {
      const words = name.split(' ').slice(1);
      for (const argv of [
        [...words, '--help'],
        [...words, '-h'],
        ['help', ...words],
        ['--help', ...words],
      ]) {
        const { code, stdout, stderr, service } = await run(argv);
        expect([code, stderr]).toEqual([0, '']);
        for (const part of ['Details', 'Options', 'Examples', '--config']) expect(stdout).toContain(part);
        expect(stdout).toContain(`$ ${name}`);
        expect(service.calls).toEqual([]);
      }
    },
  );

  const examples = definitions.flatMap(({ examples = [] }) => examples.map(([, line]) => line));

  it.each(examples)('example works: %s', async (line) => {
    const [program, ...words] = line.split(' ');
    expect(program).toBe('milvus-backup');
    let send: (signal: 'SIGTERM') => void = () => undefined;
    const service = createFakeService();
    const done = run(words, {
      service,
      cwd: makeConfigs(),
      onSignals: (sender) => {
        send = sender;
      },
    });
    if (words[0] === 'server') await stopSoon(() => send('SIGTERM'), done);
    const { code, stderr } = await done;
    expect(stderr).not.toContain('extra argument');
    expect(code).toBe(0);
  });

  it('is shown on stderr, with a failure, when there is no command', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain('Error: no command was given');
  });

  it('has a version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: 'milvus-backup 9.9.9\n', stderr: '' });
  });
});

/** A folder with the configuration files that examples name. */
function makeConfigs(): string {
  const cwd = makeFolder();
  mkdirSync(path.join(cwd, 'configs'));
  for (const file of ['backup.yaml', 'configs/docker-compose.yaml', 'configs/old.yaml']) {
    writeFileSync(path.join(cwd, file), 'minio:\n  backupRootPath: backup\n');
  }
  return cwd;
}

async function stopSoon(stop: () => void, done: Promise<unknown>): Promise<void> {
  let ended = false;
  void done.finally(() => {
    ended = true;
  });
  while (!ended) {
    stop();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
