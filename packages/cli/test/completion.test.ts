import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createCli } from '../src/cli.js';
import { describeCommands, flagValues, shells } from '../src/completion/model.js';
import { makeFolder, run } from './test-host.js';

const commands = describeCommands(createCli('9.9.9').definitions());
const flags = [...new Set(commands.flatMap((command) => command.flags.flatMap(({ names }) => names)))];
const words = [...new Set(commands.flatMap((command) => command.words.map(({ word }) => word)))];

describe('completion', () => {
  it.each(shells)('for %s has every command and flag', async (shell) => {
    const { code, stdout, stderr } = await run(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    const spell = (flag: string): string => {
      if (shell !== 'fish') return flag;
      return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
    };
    for (const flag of flags) expect(stdout).toContain(spell(flag));
    for (const word of words) expect(stdout).toContain(word);
  });

  it('knows values of flags that exist only', () => {
    expect(flags).toEqual(expect.arrayContaining(Object.keys(flagValues)));
  });

  it.each([
    [[], 'no shell is named'],
    [['tcsh'], 'no completion for the shell tcsh'],
  ])('of %j is a wrong command line', async (extra, message) => {
    const { code, stderr } = await run(['completion', ...extra]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(`Error: ${message}\n  → name one of bash`)]);
  });

  it('comes as JSON, too', async () => {
    const { stdout } = await run(['completion', 'fish', '--json']);
    expect(JSON.parse(stdout)).toEqual({ shell: 'fish', script: expect.stringContaining('complete -c') });
  });
});

describe('the completion of bash', async () => {
  const folder = makeFolder();
  const script = path.join(folder, 'completion.bash');
  writeFileSync(script, (await run(['completion', 'bash'])).stdout);
  writeFileSync(path.join(folder, 'my config.yaml'), '');

  /** What bash would offer after these words, the last of which is being typed. */
  async function complete(...typed: string[]): Promise<string[]> {
    const program = [
      `source ${script}`,
      'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
      '_milvus_backup',
      `printf "%s\\n" "\${COMPREPLY[@]}"`,
    ].join('\n');
    const { stdout, stderr } = await execa('bash', ['-c', program, 'bash', 'milvus-backup', ...typed], {
      cwd: folder,
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('is registered for the program', async () => {
    const { stdout } = await execa('bash', ['-c', `source ${script}; complete -p milvus-backup`]);
    expect(stdout).toBe('complete -F _milvus_backup milvus-backup');
  });

  it.each<[string[], string[]]>([
    [['cre'], ['create']],
    [['--config', 'list', 'cre'], ['create']],
    [
      ['config', ''],
      ['show', 'migrate'],
    ],
    [['config', 'm'], ['migrate']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', 'powershell'],
    ],
    [['create', '--fi'], ['--filter']],
    [['create', '--filter', 'restore', '--keep'], ['--keep-going']],
    [['--json', 'create', '--keep'], ['--keep-going']],
    [['create', '--filter', ''], []],
    [
      ['create', '--strategy', 's'],
      ['skip_flush', 'serial_flush'],
    ],
    [
      ['create', '--strategy', '=', 's'],
      ['skip_flush', 'serial_flush'],
    ],
    [
      ['create', '--strategy', '='],
      ['meta_only', 'skip_flush', 'bulk_flush', 'serial_flush'],
    ],
    [['create', '--strategy', '=', 'skip_flush', '--keep'], ['--keep-going']],
    [['--config', 'my'], ['my config.yaml']],
    [['restore', '-n', 'b1', '--rebuild'], ['--rebuild_index']],
    [['get', '-d', '--nam'], ['--name']],
    [['--vers'], ['--version']],
    [['create', '--vers'], []],
  ])('offers after %j', async (typed, expected) => {
    expect(await complete(...typed)).toEqual(expected);
  });

  it.each(commands.map((command) => [command.path, command] as const))(
    'offers all flags and words of "%s"',
    async (name, command) => {
      const before = name === '' ? [] : name.split(' ');
      expect(await complete(...before, '-')).toEqual(command.flags.flatMap(({ names }) => names));
      expect(await complete(...before, '')).toEqual(command.words.map(({ word }) => word));
    },
  );
});
