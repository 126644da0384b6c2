import { distance } from 'fastest-levenshtein';
import { FlagError } from './flag-error.js';

/** One flag of a command, as the help text names it. */
export interface FlagSpec {
  /** With their dashes: `-n`, `--name`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

export interface CommandSpec {
  readonly path: readonly string[];
  readonly flags: readonly FlagSpec[];
  /** Whether the first extra word belongs to the command: the name of a backup, a shell. */
  readonly takesWord?: boolean;
}

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'run'; readonly args: readonly string[]; readonly extras: readonly string[] }
  | { readonly kind: 'help'; readonly path: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'nothing' };

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
/** Clipanion takes `--name=value` for these spellings only. */
const bindable = /^(--[a-z]+(?:-[a-z]+)*|-[a-zA-Z])$/;

/**
 * Turns a command line in the Go tool's grammar into one that Clipanion reads. That grammar lets flags stand before
 * the command word, spells them with underscores, writes `-n=v`, `-nv` and `--flag=false`, and ignores extra words.
 * @throws FlagError for an unknown command or flag, a missing value, a word that is no boolean
 */
export function readInvocation(argv: readonly string[], commands: readonly CommandSpec[]): Invocation {
  const rough = [
    ...readTokens(
      argv,
      commands.flatMap((command) => command.flags),
    ),
  ];
  const words = rough.flatMap((token) => (token.kind === 'word' ? [token.word] : []));
  if (words[0] === 'help') return { kind: 'help', path: findCommand(words.slice(1), commands)?.path ?? [] };

  const command = findCommand(words, commands);
  const tokens = command ? [...readTokens(argv, command.flags)] : rough;
  if (tokens.some((token) => token.kind === 'help')) return { kind: 'help', path: command?.path ?? [] };
  if (tokens.some((token) => token.kind === 'version')) return { kind: 'version' };
  if (!command) return { kind: 'nothing' };

  const args = [...command.path];
  const seen: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'word') seen.push(token.word);
    else if (token.kind === 'flag') args.push(...bind(token));
    else if (token.kind === 'unknown') throw unknownFlag(token.name, command);
  }
  const extras = seen.slice(command.path.length);
  const word = command.takesWord ? extras.shift() : undefined;
  if (word === undefined) return { kind: 'run', args, extras };
  // behind a `--` it may look like a flag
  return { kind: 'run', args: word.startsWith('-') ? [...args, '--', word] : [...args, word], extras };
}

interface FlagToken {
  readonly kind: 'flag';
  readonly flag: FlagSpec;
  /** As it was typed. */
  readonly name: string;
  /** `undefined` when none was given. */
  readonly value: string | undefined;
}

type Token =
  | FlagToken
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'help' | 'version' };

function* readTokens(argv: readonly string[], flags: readonly FlagSpec[]): Generator<Token, void> {
  const left = [...argv];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') {
      yield* left.map((plain): Token => ({ kind: 'word', word: plain }));
      return;
    }
    if (word.startsWith('--')) yield readLong(word, flags, left);
    else if (word.startsWith('-') && word !== '-') yield* readCluster(word, flags, left);
    else yield { kind: 'word', word };
  }
}

function readLong(word: string, flags: readonly FlagSpec[], left: string[]): Token {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const bound = equals < 0 ? undefined : word.slice(equals + 1);
  if (name === '--help') return { kind: 'help' };
  if (name === '--version') return { kind: 'version' };
  const flag = findFlag(flags, name);
  if (!flag) {
    const negated = name.startsWith('--no-') ? findFlag(flags, `--${name.slice('--no-'.length)}`) : undefined;
    if (!negated || negated.takesValue || bound !== undefined) return { kind: 'unknown', name };
    return { kind: 'flag', flag: negated, name, value: 'false' };
  }
  return { kind: 'flag', flag, name, value: flag.takesValue ? (bound ?? left.shift()) : bound };
}

/** Booleans one after the other, then at most one flag with its value attached or next. */
function* readCluster(word: string, flags: readonly FlagSpec[], left: string[]): Generator<Token, void> {
  for (let at = 1; at < word.length; at++) {
    const name = `-${word[at]}`;
    const attached = word.slice(at + 1);
    const flag = findFlag(flags, name);
    if (name === '-h') {
      yield { kind: 'help' };
    } else if (!flag) {
      yield { kind: 'unknown', name };
    } else if (flag.takesValue) {
      const value = attached === '' ? left.shift() : attached.replace(/^=/, '');
      yield { kind: 'flag', flag, name, value };
      return;
    } else if (attached.startsWith('=')) {
      yield { kind: 'flag', flag, name, value: attached.slice(1) };
      return;
    } else {
      yield { kind: 'flag', flag, name, value: undefined };
    }
  }
}

/** The flag as Clipanion reads it. @throws FlagError for a missing value, one that it takes for a flag, a word that is no boolean */
function bind({ flag, name, value }: FlagToken): string[] {
  const long = flag.names.at(-1) ?? name;
  if (flag.takesValue) {
    if (value === undefined) throw new FlagError(`flag needs an argument: ${name}`, `write ${name} VALUE`);
    const bound = flag.names.findLast((candidate) => bindable.test(candidate));
    if (bound !== undefined) return [`${bound}=${value}`];
    if (!value.startsWith('-')) return [long, value];
    throw new FlagError(
      `the value ${JSON.stringify(value)} of ${name} looks like a flag`,
      `write ${name} VALUE; for a file, begin its path with ./`,
    );
  }
  if (value === undefined || trueWords.has(value)) return [long];
  if (falseWords.has(value)) return [`--no-${long.slice(2)}`];
  throw new FlagError(
    `invalid argument "${value}" for "${name}" flag`,
    `write ${name}, ${name}=true or ${name}=false`,
  );
}

/** Hyphens and underscores are the same, for those who type `--rebuild-index` out of habit. */
function findFlag(flags: readonly FlagSpec[], name: string): FlagSpec | undefined {
  const plain = hyphenate(name);
  const named = flags.filter((flag) => flag.names.some((candidate) => hyphenate(candidate) === plain));
  return named.find((flag) => flag.takesValue) ?? named[0];
}

const hyphenate = (name: string): string => name.replaceAll('_', '-');

function findCommand(words: readonly string[], commands: readonly CommandSpec[]): CommandSpec | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  const found = commands
    .filter(({ path }) => path.every((word, index) => words[index] === word))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (found) return found;
  const near = suggest(first, [...new Set(commands.map((command) => command.path[0] ?? ''))]);
  throw new FlagError(
    `unknown command "${first}" for "milvus-backup"`,
    `${near.length > 0 ? `did you mean ${near.join(' or ')}? ` : ''}run \`milvus-backup --help\` for all commands`,
  );
}

function unknownFlag(name: string, command: CommandSpec): FlagError {
  const near = suggest(
    name,
    command.flags.flatMap((flag) => flag.names).filter((candidate) => candidate.startsWith('--')),
  );
  const help = `run \`milvus-backup ${command.path.join(' ')} --help\` for all flags`;
  return new FlagError(
    `unknown flag: ${name}`,
    `${near.length > 0 && name.startsWith('--') ? `did you mean ${near.join(' or ')}? ` : ''}${help}`,
  );
}

/** Names one or two slips away, or begun by what was typed; the nearest first. */
function suggest(typed: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, far: name.startsWith(typed) ? 0 : distance(typed, name) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
}
