import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startStack, tempDir, writeBackupYaml } from '@milvus-backup/test-support';
import { bareImports } from './bare-imports.js';
import { makeData } from './data.js';
import { type Measured, runMeasured } from './measured-process.js';
import { rcloneCopy } from './rclone.js';

// The AWS SDK would print a notice about Node 20 at every start.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/**
 * Times of a backup and a restore against what the parts cost by themselves, in one run on one machine:
 * rclone's copy of the same bytes, and bare Import calls.
 */
const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '60' },
    'rows-per-small': { type: 'string', default: '6000' },
    segments: { type: 'string', default: '8' },
    'rows-per-segment': { type: 'string', default: '6000' },
    streaming: { type: 'boolean', default: false },
    floor: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const cli = fileURLToPath(new URL('../../../packages/cli/bin/milvus-backup.js', import.meta.url));
const dir = await tempDir();
const stack = await startStack();
try {
  process.stderr.write('making the data…\n');
  const names = await makeData(stack.milvus, {
    small: Number(values.small),
    rowsPerSmall: Number(values['rows-per-small']),
    segments: Number(values.segments),
    rowsPerSegment: Number(values['rows-per-segment']),
  });
  const overrides = { minio: { backupRootPath: 'backup', crossStorage: values.streaming } };
  const config = await writeBackupYaml(dir.path, stack, overrides);
  const run = (...args: string[]): Promise<Measured> =>
    runMeasured(process.execPath, [cli, '--config', config, ...args]);

  const create = await run('create', '-n', 'bench', '--json');
  const rclone = await rcloneCopy(stack.s3, 'a-bucket/backup/bench/binlogs', 'backup-bucket/rclone/binlogs');
  const list = await run('list');
  const get = await run('get', '-n', 'bench');
  const help = await run('--help');
  const meta = JSON.parse(get.output.slice(get.output.indexOf('{'))) as {
    collection_backups: { collection_id: number }[];
  };
  const restore = await run('restore', '-n', 'bench', '-s', '_r', '--json');

  const floor = values.floor ? await importFloor(names.length) : 0;
  const row = (what: string, { seconds, peakMiB }: Measured): string =>
    `${what.padEnd(24)} ${seconds.toFixed(2).padStart(8)} s ${peakMiB.toFixed(0).padStart(6)} MiB`;
  process.stdout.write(
    `${[
      `${names.length} collections, ${meta.collection_backups.length} in the backup, streaming ${values.streaming}`,
      row('create', create),
      row('rclone copy', rclone),
      row('restore', restore),
      row('list', list),
      row('get', get),
      row('--help', help),
      ...(floor > 0 ? floorRows(restore, floor) : []),
    ].join('\n')}\n`,
  );
} finally {
  await stack.stop();
  await dir.remove();
}

function floorRows(restore: Measured, floor: number): string[] {
  return [
    `${'bare imports'.padEnd(24)} ${floor.toFixed(2).padStart(8)} s`,
    `restore ÷ bare imports   ${(restore.seconds / floor).toFixed(2)}`,
  ];
}

/** One call a collection, from the folders that the backup holds. */
async function importFloor(calls: number): Promise<number> {
  const client = stack.s3.createClient();
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  const list = async (prefix: string): Promise<string[]> => {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: 'a-bucket', Prefix: prefix, Delimiter: '/' }),
    );
    return (page.CommonPrefixes ?? []).flatMap((one) => one.Prefix ?? []);
  };
  try {
    const partitions = (await Promise.all((await list('backup/bench/binlogs/insert_log/')).map(list))).flat();
    return await bareImports(stack.milvus, partitions.slice(0, calls));
  } finally {
    client.destroy();
  }
}
