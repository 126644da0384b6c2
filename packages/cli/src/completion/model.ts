import type { Definition } from 'clipanion';

/** What may stand after a flag: a path, one of some words, or something that cannot be known. */
export type FlagValue = 'none' | 'any' | 'file' | readonly string[];

export interface CompletedFlag {
  /** With their dashes, the short one first. */
  readonly names: readonly string[];
  readonly value: FlagValue;
  readonly description: string;
}

export interface CompletedCommand {
  /** `config show`; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that may come next, with what they mean. */
  readonly words: ReadonlyArray<{ readonly word: string; readonly description: string }>;
}

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** What help texts do not say in a form that programs can read. A test keeps it to flags that exist. */
export const flagValues: Readonly<Record<string, FlagValue>> = {
  '--config': 'file',
  '--restore_plan': 'file',
  '--output': 'file',
  '--strategy': ['meta_only', 'skip_flush', 'bulk_flush', 'serial_flush'],
  '--format': ['auto', 'binlog', 'snapshot'],
  '--on-missing': ['fail', 'skip', 'retry'],
  '--from': 'file',
  '--to': 'file',
};

const help: CompletedFlag = { names: ['-h', '--help'], value: 'none', description: 'Help' };
const version: CompletedFlag = { names: ['--version'], value: 'none', description: 'Version of the program' };

/** All that can be completed, made from the definitions that also make the help. The program itself comes first. */
export function describeCommands(definitions: readonly Definition[]): readonly CompletedCommand[] {
  const commands = definitions.map(({ path, description = '', options }) => ({
    path: path.split(' ').slice(1).join(' '),
    description: oneLine(description),
    flags: [...options.map(toFlag), help],
  }));
  const globals = commonFlags(commands.map(({ flags }) => flags));
  const all = [{ path: '', description: '', flags: [...globals, version] }, ...commands];
  return all.map((command) => ({ ...command, words: wordsAfter(command.path, commands) }));
}

function toFlag({ definition, description = '' }: Definition['options'][number]): CompletedFlag {
  const [names = '', takesValue] = definition.split(' ');
  const list = names.split(',');
  const known = list.map((name) => flagValues[name]).find((value) => value !== undefined);
  return {
    names: list,
    // `-o` of another command may take something else, so only a flag with a value has one
    value: takesValue === undefined ? 'none' : (known ?? 'any'),
    description: oneLine(description),
  };
}

function commonFlags(lists: ReadonlyArray<readonly CompletedFlag[]>): readonly CompletedFlag[] {
  const [first = [], ...rest] = lists;
  return first.filter(({ names }) =>
    rest.every((flags) => flags.some((flag) => flag.names.join() === names.join())),
  );
}

function wordsAfter(
  path: string,
  commands: ReadonlyArray<Pick<CompletedCommand, 'path' | 'description'>>,
): CompletedCommand['words'] {
  if (path === 'completion') return shells.map((word) => ({ word, description: `Completion for ${word}` }));
  const depth = path === '' ? 0 : path.split(' ').length;
  const below = commands.filter((command) => path === '' || command.path.startsWith(`${path} `));
  const words = new Map<string, string>();
  for (const command of below) {
    const parts = command.path.split(' ');
    const word = parts[depth];
    if (word !== undefined && (parts.length === depth + 1 || !words.has(word)))
      words.set(word, command.description);
  }
  return [...words].map(([word, description]) => ({ word, description }));
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('`', '').trim();
