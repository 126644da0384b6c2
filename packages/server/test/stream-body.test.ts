import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { toResponseBody } from '../src/stream-body.js';

const chunk = new Uint8Array(1024);

/** Endless, and counts what was taken of it. */
function makeSource(): { source: Readable; taken: () => number } {
  let count = 0;
  const source = new Readable({
    highWaterMark: chunk.length,
    read: () => {
      count++;
      source.push(chunk);
    },
  });
  return { source, taken: () => count };
}

const ignore = (): void => undefined;

test('nothing is read before the client reads', () => {
  const { source, taken } = makeSource();
  toResponseBody(source, ignore);
  expect(taken()).toBe(0);
});

test('the source is at most a buffer ahead of the client', async () => {
  const { source, taken } = makeSource();
  const reader = toResponseBody(source, ignore).getReader();
  for (let read = 1; read <= 100; read++) {
    await reader.read();
    expect(taken()).toBeLessThanOrEqual(read + 2);
  }
  await reader.cancel();
});

test('a client that leaves destroys the source', async () => {
  const { source } = makeSource();
  const closed = once(source, 'close');
  await toResponseBody(source, ignore).cancel();
  await closed;
});

test('a source that fails makes the body fail, and is told once', async () => {
  const told: unknown[] = [];
  const failure = new Error('gone');
  const source = new Readable({ read: () => source.destroy(failure) });
  const reader = toResponseBody(source, (error) => told.push(error)).getReader();
  await expect(reader.read()).rejects.toBe(failure);
  await expect(reader.closed).rejects.toBe(failure);
  expect(told).toEqual([failure]);
});
