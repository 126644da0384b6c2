import { parseArgs } from 'node:util';
import { quickstart } from './quickstart.js';
import { Report } from './report.js';

// The AWS SDK would print a notice about Node 20 at every start.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));

const report = new Report(process.stdout);
const start = performance.now();
const equal = await quickstart({ rows: Number(values.rows), report, signal: stop.signal });
report.line(
  equal
    ? `All rows equal. The whole run took ${((performance.now() - start) / 1000).toFixed(0)} s.`
    : 'Rows differ: please report this with the output above.',
);
process.exitCode = equal ? 0 : 1;
