import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors/index.js';
import {
  checkBackupName,
  checkExistingBackupName,
  makeBackupName,
  makeRestoreId,
} from '../../src/layout/index.js';

function refusal(check: (name: string) => void, name: string): string | null {
  try {
    check(name);
    return null;
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect(error.code).toBe('INVALID_BACKUP_NAME');
    expect(error.remedy).toBeTruthy();
    return error.message;
  }
}

describe('the name of a new backup', () => {
  test.each([
    ['b1', null],
    ['_x', null],
    ['A'.repeat(128), null],
    ['', 'backup name is required'],
    ['a b', 'backup name should not contain whitespace'],
    ['a\u00a0b', 'backup name should not contain whitespace'],
    ['A'.repeat(129), 'backup name length should not exceed 128'],
    ['é'.repeat(65), 'backup name length should not exceed 128'],
    ['1ab', 'backup name should start with an underscore or letter'],
    ['../x', 'backup name should start with an underscore or letter'],
    ['a-b', 'backup name should only contain numbers, letters and underscores'],
    ['a/b', 'backup name should only contain numbers, letters and underscores'],
    ['aé', 'backup name should only contain numbers, letters and underscores'],
  ])('%j: %s', (name, message) => {
    expect(refusal(checkBackupName, name)).toBe(message);
  });

  test('a generated one passes', () => {
    const now = new Date('2026-11-22T07:08:09.123Z');
    expect(makeBackupName(now, 980267)).toBe('backup_2026_11_22_07_08_09_980267');
    expect(makeRestoreId(now, 1)).toBe('restore_2026_11_22_07_08_09_1');
    checkBackupName(makeBackupName(now, 999_999_999));
  });
});

describe('the name of an existing backup', () => {
  test.each(['b1', 'nightly-2026.11', '1ab', 'a b', 'übung', '..x'])('%j passes', (name) => {
    expect(refusal(checkExistingBackupName, name)).toBeNull();
  });

  test.each(['', '.', '..', 'a/b', '../b', 'a\\b', 'a\u0000', 'a\n', '\ud800', 'x'.repeat(256)])(
    '%j is refused',
    (name) => {
      expect(refusal(checkExistingBackupName, name)).not.toBeNull();
    },
  );

  test('whatever may be created may be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (name) => {
        if (refusal(checkBackupName, name) === null)
          expect(refusal(checkExistingBackupName, name)).toBeNull();
      }),
    );
  });
});
