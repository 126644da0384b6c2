// Runs every check of the repository and ends with one line of totals. Plain Node, because nothing is built
// when it starts.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const turbo = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'turbo.cmd' : 'turbo');
const summaries = join(root, '.turbo', 'runs');
const kinds = ['unit', 'integration'];

/** Name and folder of every workspace, as the lists `folder/*` in the root package.json say. */
function listWorkspaces() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = [];
  for (const pattern of workspaces) {
    const parent = join(root, pattern.replace(/\/\*$/, ''));
    if (!existsSync(parent)) continue;
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      const file = join(parent, entry.name, 'package.json');
      if (!entry.isDirectory() || !existsSync(file)) continue;
      found.push({ name: JSON.parse(readFileSync(file, 'utf8')).name, folder: join(parent, entry.name) });
    }
  }
  return found;
}

/** Runs turbo, once for each list of options and all at a time; gives the tasks that ended with an error. */
async function runTurbo(tasks, ...lanes) {
  rmSync(summaries, { recursive: true, force: true });
  const codes = await Promise.all(lanes.map((options) => startTurbo(tasks, options)));
  const failed = readFailedTasks();
  const code = codes.find((one) => one !== 0);
  if (code !== undefined && failed.length === 0)
    failed.push(`turbo run ${tasks.join(' ')} (exit code ${code})`);
  return failed;
}

/** Passes the output of turbo through; gives its exit code. */
async function startTurbo(tasks, options) {
  const args = ['run', ...tasks, '--continue=dependencies-successful', '--summarize', '--env-mode=loose'];
  return new Promise((resolve) => {
    const child = spawn(turbo, [...args, '--ui=stream', '--log-order=stream', ...options], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    });
    const forward = (signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    // Ctrl-C reaches turbo by itself; without a handler this program would end before its servers do.
    const wait = () => {};
    process.on('SIGINT', wait);
    child.once('error', (error) => {
      console.error(`turbo could not be started: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (status, signal) => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', wait);
      resolve(signal === null ? status : 1);
    });
  });
}

function readFailedTasks() {
  if (!existsSync(summaries)) return [];
  const failed = [];
  for (const file of readdirSync(summaries)) {
    const { tasks } = JSON.parse(readFileSync(join(summaries, file), 'utf8'));
    for (const task of tasks) {
      const exitCode = task.execution?.exitCode;
      if (exitCode !== undefined && exitCode !== null && exitCode !== 0) failed.push(task.taskId);
    }
  }
  return failed;
}

/** Counts of one vitest report; a file that broke before its first test counts as one failure. */
function readReport(folder, kind) {
  const file = join(folder, '.test-results', `${kind}.json`);
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && !suite.assertionResults.some((one) => one.status === 'failed'),
  ).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken };
}

const totalsFile = join(root, '.test-results', 'totals.txt');
rmSync(totalsFile, { force: true });
const workspaces = listWorkspaces();
for (const { folder } of workspaces) rmSync(join(folder, '.test-results'), { recursive: true, force: true });

// Compilers and tests use both cores by themselves: turbo's ten at a time would only wait for each other.
const checks = ['build', 'lint', 'typecheck', 'test', 'prepare-tools'];
const failedTasks = await runTurbo(checks, ['--concurrency=3']);
const brokenBuilds = failedTasks.filter((task) => task.endsWith('#build') || task.startsWith('turbo '));
if (brokenBuilds.length === 0) {
  // Started servers share two cores, so two packages at a time: the longest, which takes as long as all others together,
  // beside them. Never from the cache, since what these tests look at is more than files.
  const longest = '@milvus-backup/e2e';
  const servers = ['--only', '--force', '--concurrency=1'];
  const lanes = [`--filter=${longest}`, `--filter=!${longest}`].map((filter) => [...servers, filter]);
  failedTasks.push(...(await runTurbo(['test:integration'], ...lanes)));
} else {
  failedTasks.push('test:integration (not run, because the build failed)');
}

const rows = [];
const explained = new Set();
for (const { name, folder } of workspaces) {
  for (const kind of kinds) {
    const report = readReport(folder, kind);
    if (report === undefined) continue;
    rows.push({ name, kind, ...report });
    if (report.failed > 0) explained.add(`${name}#${kind === 'unit' ? 'test' : 'test:integration'}`);
  }
}
// A failed test makes its task fail too: that is one failure, not two.
const failedSteps = failedTasks.filter((task) => !explained.has(task));
const passed = rows.reduce((sum, row) => sum + row.passed, 0);
let failed = rows.reduce((sum, row) => sum + row.failed, 0) + failedSteps.length;

const width = Math.max(9, ...rows.map((row) => row.name.length));
console.log(`\n${'workspace'.padEnd(width)}  kind         passed  failed`);
for (const row of rows) {
  const counts = `${String(row.passed).padStart(6)}  ${String(row.failed).padStart(6)}`;
  console.log(`${row.name.padEnd(width)}  ${row.kind.padEnd(11)}  ${counts}`);
}
for (const step of failedSteps) console.log(`failed step: ${step}`);
if (rows.length === 0 || passed + failed === 0) {
  console.log('failed step: no test ran');
  failed += 1;
}
const totals = `${passed} passed, ${failed} failed`;
// npm adds lines of its own after a failure; who needs the totals last reads them from here.
mkdirSync(dirname(totalsFile), { recursive: true });
writeFileSync(totalsFile, `${totals}\n`);
console.log(`\n${totals}`);
process.exitCode = failed === 0 ? 0 : 1;
