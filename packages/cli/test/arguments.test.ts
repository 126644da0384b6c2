import { describe, expect, it } from 'vitest';
import { readInvocation } from '../src/arguments.js';
import { createCli, listCommands } from '../src/cli.js';

const commands = listCommands(createCli('9.9.9'));
const read = (...argv: string[]) => readInvocation(argv, commands);

describe('a command line of the Go tool', () => {
  it.each<[string[], string[]]>([
    [['list'], ['list']],
    [
      ['--config', 'x', 'list'],
      ['list', '--config=x'],
    ],
    [
      ['list', '--config', 'x'],
      ['list', '--config=x'],
    ],
    [
      ['--config=x', 'list'],
      ['list', '--config=x'],
    ],
    [
      ['--set', 'a=b', 'create', '-n', 'c'],
      ['create', '--set=a=b', '--name=c'],
    ],
    [
      ['create', '--set', 'a=1,b=2', '--set', '"c=1,2"'],
      ['create', '--set=a=1,b=2', '--set="c=1,2"'],
    ],
    [
      ['-n', 'b1', 'create'],
      ['create', '--name=b1'],
    ],
    [
      ['create', '-n=b1'],
      ['create', '--name=b1'],
    ],
    [
      ['create', '-nb1'],
      ['create', '--name=b1'],
    ],
    [
      ['create', '--name='],
      ['create', '--name='],
    ],
    [
      ['create', '--config', ''],
      ['create', '--config='],
    ],
    [
      ['create', '--filter', '-x'],
      ['create', '--filter=-x'],
    ],
    [
      ['create', '--rbac'],
      ['create', '--rbac'],
    ],
    [
      ['create', '--rbac=false'],
      ['create', '--no-rbac'],
    ],
    [
      ['create', '--rbac=T'],
      ['create', '--rbac'],
    ],
    [
      ['create', '--meta_only=0'],
      ['create', '--no-meta_only'],
    ],
    [
      ['create', '--meta-only'],
      ['create', '--meta_only'],
    ],
    [
      ['create', '-fq'],
      ['create', '--force', '--quiet'],
    ],
    [
      ['create', '-fnb1'],
      ['create', '--force', '--name=b1'],
    ],
    [
      ['create', '-f=false'],
      ['create', '--no-force'],
    ],
    [
      ['create', '-a', '{"db":["c"]}'],
      ['create', '-a={"db":["c"]}'],
    ],
    [
      ['create', '--database_collections', '{}'],
      ['create', '-a={}'],
    ],
    [
      ['get', '-d', '-n', 'b1'],
      ['get', '--detail', '--name=b1'],
    ],
    [
      ['restore', '-d', 'db1', '-n', 'b1'],
      ['restore', '--databases=db1', '--name=b1'],
    ],
    [
      ['restore', '-n', 'b', 'secondary'],
      ['restore', 'secondary', '--name=b'],
    ],
    [
      ['--config', 'x', 'config', 'show'],
      ['config', 'show', '--config=x'],
    ],
    [
      ['check', 'config'],
      ['check', 'config'],
    ],
  ])('%j reads as %j', (argv, args) => {
    expect(read(...argv)).toEqual({ kind: 'run', args, extras: [] });
  });

  it('keeps extra words apart', () => {
    expect(read('list', 'extra', '--json', 'args')).toEqual({
      kind: 'run',
      args: ['list', '--json'],
      extras: ['extra', 'args'],
    });
    expect(read('restore', 'foo', '-n', 'b')).toMatchObject({
      args: ['restore', '--name=b'],
      extras: ['foo'],
    });
    expect(read('list', '--', '--json')).toMatchObject({ args: ['list'], extras: ['--json'] });
  });

  it.each<[string[], string[]]>([
    [['--help'], []],
    [['-h'], []],
    [['help'], []],
    [['help', 'create'], ['create']],
    [
      ['help', 'config', 'show'],
      ['config', 'show'],
    ],
    [['create', '-h'], ['create']],
    [['--help', 'create'], ['create']],
    [['get', '-d', '--help'], ['get']],
    [['create', '--nosuch', '--help'], ['create']],
  ])('%j asks for help on %j', (argv, path) => {
    expect(read(...argv)).toEqual({ kind: 'help', path });
  });

  it('takes a flag-like value for what it is', () => {
    expect(read('create', '-n', '--help')).toEqual({
      kind: 'run',
      args: ['create', '--name=--help'],
      extras: [],
    });
  });

  it('knows --version and the empty command line', () => {
    expect(read('--version')).toEqual({ kind: 'version' });
    expect(read()).toEqual({ kind: 'nothing' });
    expect(read('--json')).toEqual({ kind: 'nothing' });
  });

  it.each<[string[], string, string]>([
    [['lst'], 'unknown command "lst" for "milvus-backup"', 'list'],
    [['creat', '-n', 'x'], 'unknown command "creat" for "milvus-backup"', 'did you mean create?'],
    [['wholly_other'], 'unknown command "wholly_other"', 'milvus-backup --help'],
    [['help', 'lst'], 'unknown command "lst"', 'list'],
    [['create', '--nam', 'x'], 'unknown flag: --nam', 'did you mean --name?'],
    [['list', '--rbac'], 'unknown flag: --rbac', 'milvus-backup list --help'],
    [['create', '-Z'], 'unknown flag: -Z', 'milvus-backup create --help'],
    [['create', '-n'], 'flag needs an argument: -n', '-n VALUE'],
    [['create', '--rbac=yes'], 'invalid argument "yes" for "--rbac" flag', '--rbac=false'],
  ])('refuses %j', (argv, message, remedy) => {
    expect(() => read(...argv)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });
});
