import { expect, test } from 'vitest';
import { readRetryAfter } from '../../src/driver/retry-after.js';

const date = 'Sun, 22 Nov 2026 12:00:00 GMT';

test.each<[unknown, unknown, number | undefined]>([
  ['3', date, 3000],
  ['0.5', undefined, 500],
  ['0', date, undefined],
  ['-1', date, undefined],
  ['', date, undefined],
  [undefined, date, undefined],
  ['soon', date, undefined],
  ['Infinity', date, undefined],
  ['Sun, 22 Nov 2026 12:00:05 GMT', date, 5000],
  ['Sun, 22 Nov 2026 12:00:05 GMT', undefined, undefined],
  ['Sun, 22 Nov 2026 11:59:05 GMT', date, undefined],
])('%j at %j is %j', (value, at, wait) => {
  expect(readRetryAfter(value, at)).toBe(wait);
});
