import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSetArgs } from '../../src/config/set-args.js';
import { isBackupError } from '../../src/errors/index.js';

const pairs = (...args: readonly string[]): readonly string[] =>
  parseSetArgs(args).map(({ name, value }) => `${name}→${value}`);

describe('--set', () => {
  it.each([
    [['a=1'], ['a→1']],
    [['a=1,b=2'], ['a→1', 'b→2']],
    [
      ['a=1', 'b=2'],
      ['a→1', 'b→2'],
    ],
    [['a='], ['a→']],
    [['a=b=c'], ['a→b=c']],
    [['"a=1,2"'], ['a→1,2']],
    [['"a=1,2",b=3'], ['a→1,2', 'b→3']],
    [['"a=x ""y"", z"'], ['a→x "y", z']],
    [['a=x"y'], ['a→x"y']],
    [[' a =1 '], ['a→1 ']],
    [[''], []],
    [[], []],
  ])('reads %j', (args, expected) => {
    expect(pairs(...args)).toEqual(expected);
  });

  it.each([
    ['novalue', 'cfg: invalid --set format, want KEY=VALUE'],
    ['=x', 'cfg: invalid --set format, want KEY=VALUE'],
    [
      'milvus.password=abc,s3cret',
      'cfg: invalid --set format, want KEY=VALUE, after "milvus.password" there is a comma and then no KEY=VALUE',
    ],
    ['a=1,', 'cfg: invalid --set format, want KEY=VALUE, after "a" there is a comma and then no KEY=VALUE'],
    ['"a=s3cret', 'cfg: invalid --set format, a pair has an opening quote without a closing one'],
    ['"a=1"s3cret', 'cfg: invalid --set format, a pair has text after a closing quote'],
  ])('refuses %s', (arg, message) => {
    try {
      pairs(arg);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      expect(error.code).toBe('CONFIG_INVALID');
      expect(error.message).toBe(message);
      expect(error.remedy).toBeTruthy();
      expect(`${error.message}${error.remedy}`).not.toContain('s3cret');
      return;
    }
    throw new Error('no error');
  });

  it('reads back what is quoted as a whole, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (values) => {
        const arg = values.map((value) => `"k=${value.replaceAll('"', '""')}"`).join(',');
        expect(parseSetArgs([arg])).toEqual(values.map((value) => ({ name: 'k', value })));
      }),
    );
  });
});
