import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, invalidKey, invalidPrefix } from '../../src/driver/index.js';

describe('invalidKey', () => {
  it.each([
    'a',
    'files/insert_log/1/2/3/4/5',
    'with space',
    'a+b%20#?',
    'trailing.',
    '...',
    '.hidden/..two',
    '日本語/😀',
    'folder/',
    'x'.repeat(1024),
  ])('takes %j', (key) => {
    expect(invalidKey(key)).toBeNull();
  });

  it.each([
    ['', 'is empty'],
    ['/', 'begins with a slash'],
    ['/a', 'begins with a slash'],
    ['a//b', 'holds two slashes in a row'],
    ['a//', 'holds two slashes in a row'],
    ['.', 'holds the part "."'],
    ['..', 'holds the part ".."'],
    ['../a', 'holds the part ".."'],
    ['a/../b', 'holds the part ".."'],
    ['a/..', 'holds the part ".."'],
    ['a/./b', 'holds the part "."'],
    ['a/../', 'holds the part ".."'],
    ['a\0b', 'holds a control character'],
    ['a\nb', 'holds a control character'],
    ['a\u007f', 'holds a control character'],
    ['a\\b', 'holds a backslash'],
    ['a\ud800b', 'is not valid Unicode'],
    ['x'.repeat(1025), 'is longer than 1024 bytes'],
    ['é'.repeat(513), 'is longer than 1024 bytes'],
  ])('refuses %j', (key, reason) => {
    expect(invalidKey(key)).toBe(reason);
  });

  it('a key that is taken stays inside its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        if (invalidKey(key) !== null) return;
        const path = new URL(key.split('/').map(encodeURIComponent).join('/'), 'file:///base/').pathname;
        expect(path.startsWith('/base/')).toBe(true);
      }),
    );
  });
});

describe('invalidPrefix', () => {
  it.each(['', 'a', 'a/', 'a/b', 'a/.', 'a/..', '..', '.'])('takes %j', (prefix) => {
    expect(invalidPrefix(prefix)).toBeNull();
  });
  it.each(['/', '/a', 'a//', 'a/../', '../', './a', 'a\0'])('refuses %j', (prefix) => {
    expect(invalidPrefix(prefix)).not.toBeNull();
  });
});

describe('compareKeys', () => {
  it('is the order of bytes, not of UTF-16 units', () => {
    expect(['😀', '～', 'a/b', 'a-b', 'a'].sort(compareKeys)).toEqual(['a', 'a-b', 'a/b', '～', '😀']);
  });
});
