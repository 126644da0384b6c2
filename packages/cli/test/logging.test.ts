import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Logger, withLogFields } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../src/index.js';
import { type LogFile, type LogFileOptions, openLogFile } from '../src/log-file.js';
import { createFakeService } from './fake-service.js';
import { makeFolder, run } from './test-host.js';

const noFile = ['--config', ''];
const logAll = (logger: Logger): void => {
  logger.debug({ part: 1 }, 'a debug line');
  logger.info({ part: 2 }, 'an info line');
  logger.child({ collection: 'books' }).warn({ rows: 9_007_199_254_740_993n }, 'a warning');
};
const list = (flags: readonly string[], terminal = false, cwd = makeFolder()) =>
  run(['list', ...noFile, ...flags], { service: createFakeService({ during: logAll }), terminal, cwd });

describe('the log', () => {
  it('is JSON lines on stderr where stderr is no terminal', async () => {
    const { stdout, stderr } = await list([]);
    expect(stdout).toBe('>> Backups:\nb1\nb2\n');
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      part: 2,
      msg: 'an info line',
    });
    expect(lines[1]).toContain('"collection":"books"');
    expect(lines[1]).toContain('9007199254740993');
  });

  it('has the level of the configuration', async () => {
    expect((await list(['--set', 'log.level=debug'])).stderr).toContain('a debug line');
    expect((await list(['--set', 'log.level=error'])).stderr).toBe('');
  });

  it('is silent when the console is off', async () => {
    expect((await list(['--set', 'log.console=false'])).stderr).toBe('');
  });

  it('has only warnings when quiet or beside a bar', async () => {
    const quiet = await list(['-q']);
    expect(quiet.stderr).not.toContain('an info line');
    expect(quiet.stderr).toContain('a warning');
    const terminal = await list([], true);
    expect(terminal.stderr).not.toContain('an info line');
    expect(terminal.stderr).toMatch(/WARN.*a warning/);
    expect(terminal.stderr).not.toContain('{"level"');
  });

  it('makes no file of its own accord', async () => {
    const cwd = makeFolder();
    await list([], false, cwd);
    expect(existsSync(path.join(cwd, 'logs'))).toBe(false);
  });

  it('goes to the file that was named, readable by its owner alone', async () => {
    const cwd = makeFolder();
    const { stderr } = await list(['--set', 'log.file.path=logs/mine.log,log.console=false'], false, cwd);
    expect(stderr).toBe('');
    const file = path.join(cwd, 'logs', 'mine.log');
    expect(readFileSync(file, 'utf8')).toContain('an info line');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each<[string, string]>([
    ['a folder that cannot be', 'taken/my.log'],
    ['a file that is a folder', 'folder'],
  ])('refuses %s before anything starts', async (_, file) => {
    const cwd = makeFolder();
    writeFileSync(path.join(cwd, 'taken'), 'a file, no folder');
    mkdirSync(path.join(cwd, 'folder'));
    const { code, stdout, stderr, service } = await list(['--set', `log.file.path=${file}`], false, cwd);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^Error: cfg: log\.file\.path: the log file .* cannot be written: .*\n {2}→ .*\n$/,
    );
    expect(service.calls).toEqual([]);
  });

  it('says which request and which run a line belongs to, once', async () => {
    const during = (logger: Logger): void =>
      withLogFields({ requestId: 'r1', run: 'outer' }, () => {
        logger.info({}, 'plain');
        logger.child({ run: 'inner' }).info({ requestId: 'r2' }, 'own');
      });
    const { stderr } = await run(['list', ...noFile], { service: createFakeService({ during }) });
    const [plain = '', own = ''] = stderr.split('\n');
    expect(JSON.parse(plain)).toMatchObject({ requestId: 'r1', run: 'outer', msg: 'plain' });
    expect(JSON.parse(own)).toMatchObject({ requestId: 'r2', run: 'inner', msg: 'own' });
    expect(own.match(/"run"/g)).toHaveLength(1);
    expect(own.match(/"requestId"/g)).toHaveLength(1);
  });

  it('is whole in the file when the command ends, fails or is stopped twice', async () => {
    const many = 2_000;
    const during = (logger: Logger): void => {
      for (let at = 0; at < many; at++) logger.info({ at }, 'a line');
    };
    const flags = [...noFile, '--set', 'log.console=false,log.file.path=my.log'];
    const good = makeFolder();
    await run(['list', ...flags], { cwd: good, service: createFakeService({ during }) });
    const bad = makeFolder();
    await run(['list', ...flags], {
      cwd: bad,
      service: createFakeService({ during, error: new TypeError('boom') }),
    });
    const stopped = makeFolder();
    let send: (signal: StopSignal) => void = () => undefined;
    await run(['create', ...flags], {
      cwd: stopped,
      onSignals: (sender) => {
        send = sender;
      },
      service: createFakeService({
        waitForAbort: true,
        during: (logger) => {
          during(logger);
          setImmediate(() => {
            send('SIGTERM');
            send('SIGTERM');
          });
        },
      }),
    });
    for (const cwd of [good, bad, stopped]) {
      const lines = readFileSync(path.join(cwd, 'my.log'), 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(many);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ at: many - 1 });
    }
  });
});

describe('a log file', () => {
  const line = `${'x'.repeat(1023)}\n`;
  const fill = (file: LogFile, kibibytes: number): void => {
    for (let at = 0; at < kibibytes; at++) file.write(line);
  };
  const open = (file: string, limits: Partial<LogFileOptions> = {}): Promise<LogFile> =>
    openLogFile({
      file,
      maxSizeMiB: 1,
      maxDays: 0,
      maxBackups: 0,
      now: Date.now,
      onFault: (fault) => expect.unreachable(fault.message),
      ...limits,
    });

  it('is renamed with the time when it is full, and every line is kept', async () => {
    const folder = makeFolder();
    const file = await open(path.join(folder, 'my.log'));
    fill(file, 2_600);
    await file.close();
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(3);
    for (const name of names) {
      expect(name).toMatch(/^my(-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(\.\d)?)?\.log$/);
      expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    }
    const sizes = names.map((name) => statSync(path.join(folder, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2_600 * 1024);
    expect(Math.max(...sizes)).toBe(1024 * 1024);
  });

  it('goes on in a file that is there', async () => {
    const file = path.join(makeFolder(), 'deep', 'my.log');
    for (const text of ['one\n', 'two\n']) {
      const log = await open(file);
      log.write(text);
      await log.close();
      log.write('too late\n');
    }
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('keeps as many old ones as it may, those of the Go tool among them', async () => {
    const folder = makeFolder();
    const others = ['my.log.gz', 'my-notes.log', 'other-2026-01-01T00-00-00.000.log'];
    for (const name of [...others, 'my-2026-01-01T00-00-00.000.log', 'my-2026-01-02T00-00-00.000.log'])
      writeFileSync(path.join(folder, name), '');
    const file = await open(path.join(folder, 'my.log'), { maxBackups: 1 });
    fill(file, 1_100);
    await file.close();
    const rest = readdirSync(folder).filter((name) => ![...others, 'my.log'].includes(name));
    expect(rest).toHaveLength(1);
    expect(rest[0]).not.toContain('2026-01-0');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
  });

  it('removes old ones by their age', async () => {
    const folder = makeFolder();
    const now = Date.now();
    for (const [name, days] of [
      ['my-2026-01-01T00-00-00.000.log', 3.1],
      ['my-2026-01-02T00-00-00.000.log', 2.9],
    ] as const) {
      writeFileSync(path.join(folder, name), '');
      utimesSync(path.join(folder, name), now / 1000, now / 1000 - days * 86_400);
    }
    await (await open(path.join(folder, 'my.log'), { maxDays: 3, now: () => now })).close();
    expect(readdirSync(folder).sort()).toEqual(['my-2026-01-02T00-00-00.000.log', 'my.log']);
  });

  it('says once that it cannot be written any more', async () => {
    const folder = makeFolder();
    const faults: string[] = [];
    const file = await open(path.join(folder, 'my.log'), { onFault: (fault) => faults.push(fault.message) });
    // a folder in the place where the next file would begin
    fill(file, 1_000);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    fill(file, 1_000);
    await file.close();
    file.write(line);
    await file.close();
    expect(faults).toEqual([expect.stringMatching(/ENOTDIR|EEXIST/)]);
  });
});
