import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { mistakes } from './fixtures/mistakes.js';
import { moreMistakes } from './fixtures/more-mistakes.js';
import { uploadMistakes } from './fixtures/upload-mistakes.js';

interface Outcome {
  readonly driver: string;
  readonly title: string;
  readonly status: string;
}

/** Milliseconds for some thousand tests on drivers in memory. */
const fixtureTimeout = 400_000;
let outcomes: readonly Outcome[] = [];

beforeAll(async () => {
  outcomes = await runFixture();
}, fixtureTimeout);

const failuresOf = (driver: string): readonly string[] =>
  outcomes.filter((test) => test.driver === driver && test.status !== 'passed').map((test) => test.title);

it('a right driver passes every test', () => {
  expect(outcomes.filter((test) => test.driver === 'makes no mistake').length).toBeGreaterThan(100);
  expect(failuresOf('makes no mistake')).toEqual([]);
});

it.each(Object.entries({ ...mistakes, ...moreMistakes, ...uploadMistakes }))(
  'a driver that %s fails',
  (name, { breaks }) => {
    expect(failuresOf(name)).toEqual(expect.arrayContaining([...breaks]));
  },
);

/** A vitest of its own: tests that must fail cannot live in a run that must pass. */
async function runFixture(): Promise<readonly Outcome[]> {
  const root = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const report = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [vitest, 'run', '--root', root, '--config', join(root, 'vitest.config.ts')],
      { maxBuffer: 64 * 1024 * 1024, timeout: fixtureTimeout, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        // Exit code 1 is what failing tests give.
        if (error && child.exitCode !== 1) reject(new Error(stderr, { cause: error }));
        else resolve(stdout);
      },
    );
  });
  return parse(JSON.parse(report.slice(report.indexOf('{'))));
}

function parse(report: {
  testResults: { assertionResults: { ancestorTitles: string[]; title: string; status: string }[] }[];
}): readonly Outcome[] {
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      driver: ancestorTitles.find((name) => name !== '') ?? '',
      title,
      status,
    })),
  );
}
