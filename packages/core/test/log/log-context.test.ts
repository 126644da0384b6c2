import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { currentLogFields, withLogFields } from '../../src/log-context.js';

test('fields follow the work, however it waits, and end with it', async () => {
  const seen: unknown[] = [];
  const look = async (): Promise<void> => {
    await setImmediate();
    seen.push(currentLogFields());
  };
  await Promise.all([
    withLogFields({ requestId: 'a' }, () => withLogFields({ run: 1 }, look)),
    withLogFields({ requestId: 'b' }, look),
  ]);
  expect(seen).toEqual([{ requestId: 'a', run: 1 }, { requestId: 'b' }]);
  expect(currentLogFields()).toEqual({});
});

test('a getter is read at each line', () => {
  let id = 'first';
  withLogFields(
    {
      get requestId() {
        return id;
      },
    },
    () => {
      withLogFields({ run: 1 }, () => {
        id = 'second';
        expect(currentLogFields()).toEqual({ requestId: 'second', run: 1 });
      });
    },
  );
});
