import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
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

  it('goes on when the file cannot be written', async () => {
    const cwd = makeFolder();
    writeFileSync(path.join(cwd, 'taken'), 'a file, no folder');
    const { code, stderr } = await list(
      ['--set', 'log.file.path=taken/my.log,log.console=false'],
      false,
      cwd,
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: the log file .*taken\/my\.log cannot be written: .*\n$/);
  });
});
