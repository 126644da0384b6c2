import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../src/index.js';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];

/** Runs until the service waits, then sends the signals. */
function runAndStop(argv: readonly string[], ...signals: StopSignal[]) {
  let send: (signal: StopSignal) => void = () => undefined;
  const service = createFakeService({
    waitForAbort: true,
    steps: [{ percent: 50, step: 'working' }],
    during: () => {
      setImmediate(() => {
        for (const signal of signals) send(signal);
      });
    },
  });
  return run(argv, {
    service,
    onSignals: (sender) => {
      send = sender;
    },
  });
}

describe('a stop signal', () => {
  it.each<[StopSignal, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s cancels, waits for the clean-up and ends with %i', async (signal, code) => {
    const result = await runAndStop(['create', ...noFile, '-n', 'b1'], signal);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(`${signal} received: cancelling and cleaning up`);
    expect(result.stderr).toContain(`Error: cancelled by ${signal}\n  → run the same command again`);
    expect(result.service.calls.at(-1)).toEqual(['close']);
    expect(result.exits).toEqual([]);
  });

  it('sent twice ends at once', async () => {
    const result = await runAndStop(['restore', ...noFile, '-n', 'b1'], 'SIGINT', 'SIGTERM');
    expect(result.exits).toEqual([143]);
  });

  it('leaves word of the collections under way', async () => {
    const { stderr } = await runAndStop(['restore', ...noFile, '-n', 'b1'], 'SIGINT');
    expect(stderr).toContain('default.books_r');
    expect(stderr.indexOf('default.books_r')).toBeLessThan(stderr.indexOf('Error: '));
  });

  it('is told as JSON', async () => {
    const { stdout } = await runAndStop(['create', ...noFile, '--json'], 'SIGTERM');
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'CANCELLED', details: { signal: 'SIGTERM' } },
    });
  });
});
