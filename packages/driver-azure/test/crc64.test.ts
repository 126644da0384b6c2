import { expect, it } from 'vitest';
import { crc64, loadCrc64 } from '../src/crc64.js';

it('leaves no handlers in the process, and checks', async () => {
  const count = (): readonly number[] =>
    ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
  const before = count();
  await Promise.all([loadCrc64(), loadCrc64()]);
  expect(count()).toEqual(before);
  expect(crc64(Buffer.from('a'))).toHaveLength(8);
  expect(crc64(Buffer.from('a'))).not.toEqual(crc64(Buffer.from('b')));
});
