import { describe, expect, it } from 'vitest';
import { createProgressOutput } from '../src/output/progress.js';
import { formatBytes, formatSeconds } from '../src/output/text.js';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];
const steps = [
  { percent: 0, step: 'flushing 3 collections', bytesTotal: 0, objectsTotal: 0, collectionsDone: 0 },
  { percent: 10, step: 'copying', bytesDone: 1_000_000, objectsDone: 4 },
  { percent: 11, step: 'copying', bytesDone: 1_100_000, objectsDone: 5 },
];

describe('progress', () => {
  it('is a line per step where stderr is no terminal', async () => {
    const { stdout, stderr } = await run(['create', ...noFile], { service: createFakeService({ steps }) });
    expect(stderr).toContain(
      [
        '0% flushing 3 collections, 0/1 collections',
        '10% copying, 1.0 MB of 11.2 MB, 4/42 objects, 1/1 collections',
        '',
      ].join('\n'),
    );
    expect(stderr).not.toContain('11% copying');
    expect(stderr).not.toContain('\u001b');
    expect(stdout).not.toContain('copying');
  });

  it('comes every few seconds while a step lasts', async () => {
    const { stderr } = await showAll([0, 1000, 4999, 5000, 9000, 10_000]);
    expect(stderr.match(/copying/g)).toHaveLength(3);
  });

  it('is a bar on a terminal', async () => {
    const { stderr } = await run(['create', ...noFile], {
      service: createFakeService({ steps }),
      terminal: true,
    });
    expect(stderr).toContain('█');
    expect(stderr).toContain('| ETA ');
  });

  it('is silent when quiet', async () => {
    const { stderr, stdout } = await run(['create', ...noFile, '--quiet'], {
      service: createFakeService({ steps }),
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('create backup success');
  });
});

describe('text', () => {
  it.each<[number, string]>([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [538_848, '538.8 kB'],
    [999_999, '1.0 MB'],
    [11_236_536, '11.2 MB'],
    [5e15, '5.0 PB'],
    [5e18, '5000.0 PB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('has seconds with two decimals', () => {
    expect(formatSeconds(150)).toBe('0.15 s');
    expect(formatSeconds(156_004)).toBe('156.00 s');
  });
});

/** Shows one step with growing bytes at the given times, in milliseconds. */
async function showAll(times: readonly number[]): Promise<{ stderr: string }> {
  const { makeView } = await import('./fake-service.js');
  let stderr = '';
  let time = 0;
  const output = await createProgressOutput(
    {
      stderr: { write: (text: string) => (stderr += text) },
      stderrIsTerminal: false,
      now: () => time,
    } as never,
    false,
  );
  const view = makeView('create', 'b1');
  for (const [count, at] of times.entries()) {
    time = at;
    output.show({ ...view, progress: { ...view.progress, step: 'copying', bytesDone: count } });
  }
  return { stderr };
}
