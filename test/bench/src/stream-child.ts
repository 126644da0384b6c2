import { createTransfer, type Store, silentLogger } from '@milvus-backup/core';
import { createManagedDriver, loadDriver, type StorageSection } from '@milvus-backup/core/driver';

/**
 * Streams everything under `prefix` from one store to another, as a run does, in a process of its own so that its memory
 * is that of streaming alone. The ends come as JSON in `BENCH_FROM` and `BENCH_TO`.
 */
const prefix = process.env.BENCH_PREFIX ?? '';

async function open(json: string | undefined): Promise<Store> {
  const section = JSON.parse(json ?? '{}') as StorageSection;
  const plugin = await loadDriver(section, { resolveFrom: [import.meta.url] });
  return { section, driver: createManagedDriver(plugin.createDriver(section, { env: {}, cwd: '/' })) };
}

const from = await open(process.env.BENCH_FROM);
const to = await open(process.env.BENCH_TO);
const transfer = createTransfer(
  from,
  to,
  { mode: 'streaming', concurrency: 128, multipartCopyThresholdMiB: 500 },
  silentLogger,
);
async function* copies() {
  for await (const entry of from.driver.list(prefix)) {
    if (entry.type === 'object') yield { sourceKey: entry.key, targetKey: entry.key, size: entry.size };
  }
}
await transfer.copyAll(copies());
await Promise.all([from.driver.close(), to.driver.close()]);
