import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import type { Logger } from '../../src/log.js';
import { createBackupService } from '../../src/service/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeHost } from '../task/runs-of.js';
import { settleFast } from '../task/settle.js';
import { FakeMilvus } from './fake-milvus.js';
import { makeManagement } from './management.js';

const planted = ['planted-access', 'planted-secret', 'planted-token', 'planted-password'];

/** Records, journals, manifests and log lines of runs that succeed and that fail; the commands' output is tested in e2e. */
test('no secret of the configuration is in what runs write', async () => {
  const store: MemoryStore = new Map();
  const driver = (bucket: string) => createMemoryDriver({ store, bucket });
  const milvus = new FakeMilvus(driver('a-bucket'));
  await milvus.add('books', 3, 4);
  const sections = ['milvus.storage', 'backup.storage'].flatMap((section) => [
    `${section}.auth.accessKeyID=${planted[0]}`,
    `${section}.auth.secretAccessKey=${planted[1]}`,
    `${section}.auth.sessionToken=${planted[2]}`,
  ]);
  const set = [...sections, `milvus.password=${planted[3]}`, 'backup.storage.bucketName=backups'];
  const config = await loadConfig({ path: '', env: {}, cwd: '/', set });
  const lines: string[] = [];
  const say = (...said: unknown[]): void => void lines.push(JSON.stringify(said));
  const logger: Logger = { debug: say, info: say, warn: say, error: say, child: () => logger };
  const host = makeHost();
  const open = (pid: number, gateway = milvus.gateway) =>
    createBackupService({
      config,
      logger,
      identity: host.process(pid),
      openDriver: async (section) => driver(section.bucketName),
      openMilvus: () => gateway,
      openManagement: () => makeManagement(),
      makeId: () => `id-${pid}`,
      nanoseconds: () => 5,
    });
  const broken = {
    ...milvus.gateway,
    createCollection: () => Promise.reject(new BackupError({ code: 'MILVUS_ERROR', message: 'no' })),
  };
  await open(1).create({ name: 'b' });
  await settleFast(() => open(1).restore({ name: 'b', suffix: '_x' }));
  const error = await settleFast(() => thrownBy(() => open(2, broken).restore({ name: 'b', suffix: '_y' })));

  const written = [...(store.get('backups')?.entries() ?? [])].map(
    ([key, { bytes }]) => key + Buffer.from(bytes).toString('utf8'),
  );
  expect(written.filter((text) => text.includes('/meta/ts/')).length).toBeGreaterThan(3);
  expect(lines.length).toBeGreaterThan(0);
  const told = [...written, ...lines, JSON.stringify(error), String(error.stack)].join('\n');
  for (const secret of planted) expect(told).not.toContain(secret);
});
