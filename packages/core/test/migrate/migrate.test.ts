import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { createMemoryDriver, type MemoryStore } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import { createBackupService } from '../../src/service/index.js';
import { makeCopyBench } from '../copy/bench.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeGateway } from '../service/gateway.js';
import { makeManagement } from '../service/management.js';
import { makeHost } from '../task/runs-of.js';

const request = { name: 'b', clusterId: 'in01' } as const;

/** The service over stores in memory, and a server that answers as the cloud does; what is sent waits for `gate`. */
async function open({ maxContentLength = 0 } = {}) {
  const bench = await makeCopyBench();
  const volumes: MemoryStore = new Map();
  const calls: { readonly path: string; readonly body: unknown }[] = [];
  const server = createServer(async (asked, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of asked) chunks.push(chunk as Uint8Array);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    calls.push({ path: asked.url ?? '', body });
    const volume = {
      cloud: 'aws',
      region: 'us-west-2',
      endpoint: 's3.us-west-2.amazonaws.com',
      bucketName: 'lent',
      volumeName: 'vol-1',
      uploadPath: `org/${body.path}/`,
      condition: { maxContentLength },
      credentials: { tmpAK: 'a', tmpSK: 'b', sessionToken: 'c', expireTime: '' },
    };
    const data = asked.url === '/v2/volumes/apply' ? volume : { jobId: `job-${calls.length}` };
    response.end(JSON.stringify({ code: 0, data }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const config = await loadConfig({
    path: '',
    env: {},
    cwd: '/',
    set: [
      'backup.storage.bucketName=near',
      'backup.storage.rootPath=backup',
      `zillizCloud.endpoint=http://127.0.0.1:${port}`,
      'zillizCloud.apiKey=key',
    ],
  });
  const host = makeHost();
  let gate: Promise<void> = Promise.resolve();
  let ids = 0;
  const lent = createMemoryDriver({ store: volumes, bucket: 'lent' });
  const put = lent.put.bind(lent);
  lent.put = async (...call) => {
    await gate;
    return put(...call);
  };
  return {
    ...bench,
    lent,
    calls,
    hold(): () => void {
      let release = (): void => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    service: (pid = 7) =>
      createBackupService({
        config,
        logger: silentLogger,
        identity: host.process(pid),
        openDriver: async ({ bucketName }) =>
          // Whoever opens the volume closes it.
          bucketName === 'lent' ? { ...bound(lent), close: async () => {} } : bench.near,
        openMilvus: () => makeGateway({}),
        openManagement: () => makeManagement(),
        makeId: () => `id-${++ids}`,
        nanoseconds: () => 5,
      }),
  };
}

type Driver = ReturnType<typeof createMemoryDriver>;

/** Methods of the driver as they are when called. */
const bound = (driver: Driver): Driver => ({
  name: driver.name,
  capabilities: driver.capabilities,
  head: (...call) => driver.head(...call),
  get: (...call) => driver.get(...call),
  put: (...call) => driver.put(...call),
  copyFrom: (...call) => driver.copyFrom(...call),
  delete: (...call) => driver.delete(...call),
  list: (...call) => driver.list(...call),
  bucketExists: (...call) => driver.bucketExists(...call),
  createBucket: (...call) => driver.createBucket(...call),
  close: () => driver.close(),
});

describe('a migration to Zilliz Cloud', () => {
  test('sends the backup, starts the import and is a job that others see', async () => {
    const { service, content, near, lent, calls } = await open();
    const view = await service().migrate(request);
    expect(view).toMatchObject({
      id: 'id-1',
      kind: 'migrate',
      state: 'success',
      progress: { percent: 100, objectsDone: 12, objectsTotal: 12 },
      copy: { to: 'vol-1', objectsCopied: 12, objectsKept: 0 },
      migrate: { clusterId: 'in01', volume: 'vol-1', dataPath: 'id-1', phase: 'started', jobId: 'job-2' },
    });
    expect(await content(lent, 'org/id-1/')).toEqual(await content(near, 'backup/b/'));
    expect(calls.map(({ path }) => path)).toEqual(['/v2/volumes/apply', '/v2/migrations/startByRemote']);
    const other = service(8);
    expect(await other.findJob('id-1')).toMatchObject({ state: 'success', migrate: { jobId: 'job-2' } });
    expect((await other.jobs()).map(({ kind }) => kind)).toEqual(['migrate']);
    // Asked for again it is another one.
    expect((await service().migrate(request)).migrate).toMatchObject({ dataPath: 'id-2', jobId: 'job-4' });
  });

  test('keeps others from the same cluster and from a delete, and can be cancelled from elsewhere', async () => {
    const { service, hold, calls } = await open();
    const release = hold();
    const owner = service();
    const handle = await owner.startMigrate(request);
    await expect.poll(() => handle.view().migrate?.volume).toBe('vol-1');
    const other = service(8);
    for (const refused of [() => other.migrate(request), () => other.delete('b')])
      expect(await thrownBy(refused)).toMatchObject({
        code: 'BACKUP_IN_PROGRESS',
        message: expect.stringContaining('migrated'),
      });
    await owner.cancel(handle.id);
    release();
    expect(await thrownBy(() => handle.done())).toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('no migration was started'),
    });
    expect(calls).toHaveLength(1);
    // The same command goes on in the same volume.
    expect((await other.migrate(request)).migrate).toMatchObject({ dataPath: 'id-1', phase: 'started' });
  });

  test('is refused when it is larger than the cloud takes, before anything is sent', async () => {
    const { service, lent } = await open({ maxContentLength: 10 });
    expect(await thrownBy(() => service().migrate(request))).toMatchObject({ code: 'STORAGE_FULL' });
    for await (const entry of lent.list('')) expect(entry).toBeUndefined();
  });

  test('of a backup that is short is refused before the cloud is asked', async () => {
    const { service, near, calls } = await open();
    for await (const entry of near.list('backup/b/binlogs/'))
      if (entry.type === 'object') {
        await near.delete([entry.key]);
        break;
      }
    expect(await thrownBy(() => service().migrate(request))).toMatchObject({ code: 'VERIFY_FAILED' });
    expect(calls).toEqual([]);
  });

  test('whose objects went away meanwhile starts no import', async () => {
    const { service, lent, calls } = await open();
    const put = lent.put.bind(lent);
    lent.put = async (key, ...call) => {
      const info = await put(key, ...call);
      if (key.endsWith('/backup_meta.json'))
        await lent.delete([`${key.slice(0, -'backup_meta.json'.length)}full_meta.json`]);
      return info;
    };
    expect(await thrownBy(() => service().migrate(request))).toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('full_meta.json'),
    });
    expect(calls).toHaveLength(1);
  });
});
