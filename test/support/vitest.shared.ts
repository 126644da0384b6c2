import { defineConfig } from 'vitest/config';

/**
 * One vitest set-up for every workspace: `unit` needs nothing but Node, `integration` starts real servers.
 * Workspaces resolve each other by source, so no test runs against a stale build.
 */
const totals = (name: string) => ({
  reporters: ['default', 'json'],
  outputFile: { json: `.test-results/${name}.json` },
});
const project = process.argv.indexOf('--project');
const name = project === -1 ? 'all' : (process.argv[project + 1] ?? 'all');

export default defineConfig({
  ssr: { resolve: { conditions: ['@milvus-backup/source', 'node'] } },
  test: {
    ...totals(name),
    // A workspace may have only one of the two kinds; the run as a whole fails when no test ran.
    passWithNoTests: true,
    // Said once per process and known: see engines in package.json.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Drivers are loaded by name at run time, from node_modules: they too must find core by source.
    server: { deps: { inline: ['clipanion', /\/@milvus-backup\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.integration.test.ts'],
          // Ends what hangs; several workspaces at a time make a single test slow.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.integration.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 240_000,
          // Most of their time goes by waiting for Milvus, which imports one by one.
          maxWorkers: 2,
        },
      },
    ],
  },
});
