import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/config/read-yaml.js';
import { type BackupError, isBackupError } from '../../src/errors/index.js';

const read = (text: string) => readYaml(text, 'b.yaml', (path) => path.toLowerCase() === 'a.options');

/** `key=text@line`, sorted by line. */
const settings = (text: string): readonly string[] =>
  [...read(text).entries.values()].map(({ key, value, line }) => {
    const shown = value.kind === 'scalar' ? value.text : JSON.stringify(value);
    return `${key}=${shown}@${line}`;
  });

function fail(text: string): BackupError {
  try {
    read(text);
  } catch (error) {
    if (isBackupError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('settings of a file', () => {
  it.each([
    ['nested maps', 'a:\n  b: 1\n  c:\n    d: x\n', ['a.b=1@2', 'a.c.d=x@4']],
    ['comments and blank lines', '# top\n\na:\n\n  # inner\n  b: 1 # end\n', ['a.b=1@6']],
    ['windows line ends and a byte order mark', '\uFEFFa:\r\n  b: 1\r\n', ['a.b=1@2']],
    ['flow maps', '{a: {b: 1,\n c: 2}}', ['a.b=1@1', 'a.c=2@2']],
    ['dots in keys', 'a.b: 1', ['a.b=1@1']],
    ['nothing for null', 'a: ~\nb:\nc: null\nd:\n  e:\n', []],
    ['empty text', 'a: ""', ['a=@1']],
    [
      'text as written',
      "a: 0x10\nb: 1.50\nc: '0123'\nd: yes\ne: True",
      ['a=0x10@1', 'b=1.50@2', 'c=0123@3', 'd=yes@4', 'e=True@5'],
    ],
    ['block text', 'a: |-\n  x\n  y\nb: 1', ['a=x\ny@1', 'b=1@4']],
    ['no file at all', '', []],
    ['only comments', '# nothing\n', []],
    ['an anchor', 'a: &x 5\nb: *x', ['a=5@1', 'b=5@2']],
    [
      'a merge, weaker than what stands beside it',
      'o: &o\n  p: 1\n  q: 2\na:\n  q: 3\n  <<: *o\n',
      ['o.p=1@2', 'o.q=2@3', 'a.q=3@5', 'a.p=1@2'],
    ],
    [
      'a merge of several, the first strongest',
      'o: &o {p: 1}\nr: &r {p: 2, s: 4}\na:\n  <<: [*o, *r]\n',
      ['o.p=1@1', 'r.p=2@2', 'r.s=4@2', 'a.p=1@1', 'a.s=4@2'],
    ],
  ])('reads %s', (_, text, expected) => {
    expect(settings(text)).toEqual(expected);
  });

  it('keeps maps of options whole and in their spelling', () => {
    const { entries } = read('a:\n  Options:\n    Some: {Deep: 1}\n    n: 2\n');
    expect(entries.get('a.options')).toEqual({
      key: 'a.Options',
      line: 2,
      value: { kind: 'map', value: { Some: { Deep: 1 }, n: 2 } },
    });
  });

  it('reads the first of several documents and says so', () => {
    const content = read('a: 1\n---\na: 2\n');
    expect(content.entries.get('a')?.line).toBe(1);
    expect(content.warnings).toEqual(['only the first of the documents in b.yaml is read']);
  });

  it('reads a list as nothing and says so', () => {
    const content = read('- a\n- b\n');
    expect(content.entries.size).toBe(0);
    expect(content.warnings).toEqual(['b.yaml holds a list, not settings, and is read as empty']);
  });
});

describe('files that cannot be read', () => {
  it.each([
    ['a scalar', 'hello', 'cfg: yaml root must be a map, got string (b.yaml, line 1)', 1],
    ['a number', '\n5', 'cfg: yaml root must be a map, got number (b.yaml, line 2)', 2],
    [
      'a duplicate key',
      'a:\n  b: 1\n  b: 2\n',
      'cfg: parse yaml b.yaml: line 3, column 3: this key is written twice in its section',
      3,
    ],
    [
      'keys that differ in case',
      'a:\n  b: 1\n  B: 2\n',
      'cfg: a.B: is written twice, first in line 2 (b.yaml, line 3)',
      3,
    ],
    [
      'a tab',
      'a:\n\tb: 1\n',
      'cfg: parse yaml b.yaml: line 2, column 1: tabs are not allowed as indentation',
      2,
    ],
    [
      'a quote left open',
      'a: 1\nb: "x\n',
      'cfg: parse yaml b.yaml: line 3, column 1: missing closing "quote',
      3,
    ],
    ['a map as a key', '{a: 1}: 2', 'cfg: root: a key must be plain text (b.yaml, line 1)', 1],
    ['a merge of no map', 'a:\n  <<: 5\n', 'cfg: <<: merges something that is no map (b.yaml, line 2)', 2],
  ])('refuses %s', (_, text, message, line) => {
    const error = fail(text);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe(message);
    expect(error.details).toMatchObject({ file: 'b.yaml', line });
    expect(error.remedy).toBeTruthy();
  });

  it.each([
    '*s3cretX',
    '&s3cretX',
    '!s3cretX',
    '"s3cretX\\q"',
    's3cretX: y: z',
    '[s3cretX',
    '%s3cretX',
    '@s3cretX',
    '"s3cretX" s3cretX',
    "'s3cretX",
  ])('asks for quotes around %s without repeating it', (value) => {
    const error = fail(`milvus:\n  password: ${value}\n`);
    expect(error.message).toMatch(/line [23]/);
    expect(
      `${error.message} ${error.remedy} ${String(error.cause)} ${JSON.stringify(error.details)}`,
    ).not.toContain('s3cret');
  });

  it('stops aliases that multiply', () => {
    const levels = ['a: &a {x: 1, y: 2}'];
    for (let n = 0; n < 30; n++)
      levels.push(
        `${'b'.repeat(n + 1)}: &${'b'.repeat(n + 1)} {p: *${n === 0 ? 'a' : 'b'.repeat(n)}, q: *${n === 0 ? 'a' : 'b'.repeat(n)}}`,
      );
    expect(fail(levels.join('\n')).message).toContain('too many settings');
    const merges = levels.map((line) =>
      line.replace(/\{p: (\*\w+), q: (\*\w+)\}/, '{<<: [$1, $2], $1x: 1}').replace('*', '*'),
    );
    expect(fail(merges.join('\n')).code).toBe('CONFIG_INVALID');
    const lists = [
      'a: &a [1, 1]',
      ...levels.slice(1).map((line) => line.replace(/\{p: (\*\w+), q: (\*\w+)\}/, '[$1, $2]')),
    ];
    expect(fail(lists.join('\n')).message).toContain('too many settings');
  });
});
