import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { quickstart } from '../src/quickstart.js';
import { Report } from '../src/report.js';

it('backs up, restores and compares', async () => {
  let text = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const equal = await quickstart({
    rows: 2_000,
    report: new Report(out),
    signal: new AbortController().signal,
  });
  expect(equal, text).toBe(true);
  expect(text).toContain('Everything that was started is stopped.');
});
