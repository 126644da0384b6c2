import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startCommand } from './harness/binary.js';
import {
  expectAll,
  fixtures,
  methodsOf,
  readMeta,
  type Side,
  type SnapshotStage,
  startSnapshotStage,
  withService,
} from './harness/snapshot-stage.js';

const [one] = fixtures;
let stage: SnapshotStage;

beforeAll(async () => {
  stage = await startSnapshotStage();
});

afterAll(async () => {
  await stage?.stop();
});

describe('a run in the snapshot format that does not come to its end', () => {
  const command = ({ folder }: Side, ...args: string[]) => startCommand({ cwd: folder }, ...args, '--quiet');

  it('leaves snapshots when it is killed, which the next run drops', async () => {
    const source = await stage.open(fixtures);
    const { sim } = source;
    sim.faults.snapshots.stallExports(1);
    const killed = command(source, 'create', '-n', 'killed');
    await expect.poll(() => sim.snapshots().length, { timeout: 20_000 }).toBe(fixtures.length);
    await expect.poll(() => methodsOf(source), { timeout: 20_000 }).toContain('GetExportSnapshotState');
    killed.kill('SIGKILL');
    await killed;
    expect(sim.snapshots()).toHaveLength(fixtures.length);
    expect((await command(source, 'list')).stdout).not.toContain('killed');
    // Exports of the dead run go on: nobody can stop them.
    sim.faults.snapshots.resumeExports();
    const seen = sim.calls.length;
    expect(await command(source, 'create', '-n', 'killed')).toMatchObject({ exitCode: 0 });
    const again = sim.calls.slice(seen).map(({ method }) => method);
    expect(again.filter((method) => method === 'DropSnapshot')).toHaveLength(2 * fixtures.length);
    expect(sim.snapshots()).toEqual([]);
    expect(sim.garbage.pauses()).toEqual([]);
    await withService(source, async (service) => {
      expect(await service.verify({ name: 'killed' })).toMatchObject({ ok: true });
      expect(await service.restore({ name: 'killed', suffix: '_k' })).toMatchObject({ state: 'success' });
    });
    await expectAll(source, source, fixtures, '_k');
  });

  it('is removed with what it holds in Milvus', async () => {
    const source = await stage.open([one]);
    const { sim } = source;
    sim.faults.snapshots.stallExports(0);
    onTestFinished(() => sim.faults.snapshots.resumeExports());
    const killed = command(source, 'create', '-n', 'removed');
    await expect.poll(() => methodsOf(source), { timeout: 20_000 }).toContain('GetExportSnapshotState');
    killed.kill('SIGKILL');
    await killed;
    expect(sim.snapshots()).toHaveLength(1);
    expect(await command(source, 'delete', '-n', 'removed')).toMatchObject({ exitCode: 0 });
    expect(sim.snapshots()).toEqual([]);
    expect([...(await stage.bucket('backups').list('deep/backups/removed/')).keys()]).toEqual([]);
  });

  it('survives calls that break, that are refused for their rate, and that arrive twice', async () => {
    const source = await stage.open(fixtures);
    const { faults } = source.sim;
    const making = [
      'CreateSnapshot',
      'DescribeSnapshot',
      'ExportSnapshot',
      'GetExportSnapshotState',
      'DropSnapshot',
    ];
    const restoring = ['RestoreExternalSnapshot', 'GetRestoreSnapshotState'];
    for (const method of making) {
      faults.breakCalls(method, 1);
      faults.rateLimit(method, 1);
      faults.duplicate(method, 2);
    }
    await withService(source, async (service) => {
      expect(await service.create({ name: 'faulty' })).toMatchObject({ state: 'success' });
      expect(source.sim.snapshots()).toEqual([]);
      expect(await service.verify({ name: 'faulty' })).toMatchObject({ ok: true });
      for (const method of restoring) {
        faults.breakCalls(method, 1);
        faults.rateLimit(method, 1);
        faults.duplicate(method, 2);
      }
      expect(await service.restore({ name: 'faulty', suffix: '_f' })).toMatchObject({ state: 'success' });
    });
    await expectAll(source, source, fixtures, '_f');
  });

  it('drops its snapshots at once when it is cancelled', async () => {
    const source = await stage.open([one]);
    const { sim } = source;
    sim.faults.snapshots.stallExports(0);
    onTestFinished(() => sim.faults.snapshots.resumeExports());
    const cancelled = command(source, 'create', '-n', 'cancelled');
    await expect.poll(() => methodsOf(source), { timeout: 20_000 }).toContain('GetExportSnapshotState');
    sim.faults.fail('DropSnapshot', 2);
    cancelled.kill('SIGINT');
    expect(await cancelled).toMatchObject({ exitCode: 130 });
    expect(sim.snapshots()).toEqual([]);
    expect(methodsOf(source).filter((method) => method === 'DropSnapshot')).toHaveLength(3);
  });

  it('leaves out what fails and keeps the rest when it is told to', async () => {
    const source = await stage.open([one, fixtures[1]]);
    const { sim } = source;
    sim.faults.fail('CreateSnapshot', 1, { reason: 'too many snapshots' });
    const view = await withService(source, (service) => service.create({ name: 'partly', keepGoing: true }));
    expect(view.state).toBe('partial');
    expect(view.collections.map(({ outcome }) => outcome).sort()).toEqual(['done', 'failed']);
    expect(sim.snapshots()).toEqual([]);
    const meta = await readMeta(stage.bucket('backups'), 'partly');
    expect(meta.collection_backups).toHaveLength(1);
  });

  it('goes on with the job of Milvus when a restore was killed', async () => {
    const source = await stage.open([one]);
    await withService(source, (service) => service.create({ name: 'resumed' }));
    const target = await stage.open([]);
    const { sim } = target;
    sim.faults.snapshots.stallRestores();
    const killed = command(target, 'restore', '-n', 'resumed');
    await expect.poll(() => methodsOf(target), { timeout: 20_000 }).toContain('GetRestoreSnapshotState');
    killed.kill('SIGKILL');
    await killed;
    const next = command(target, 'restore', '-n', 'resumed');
    const seen = sim.calls.length;
    await expect
      .poll(() => sim.calls.slice(seen).map(({ method }) => method), { timeout: 20_000 })
      .toContain('GetRestoreSnapshotState');
    sim.faults.snapshots.resumeRestores();
    expect(await next).toMatchObject({ exitCode: 0 });
    expect(methodsOf(target).filter((method) => method === 'RestoreExternalSnapshot')).toHaveLength(1);
    await expectAll(source, target, [one], '');
    // Failed jobs, and those that are forgotten, are made again over what they have left.
    sim.faults.snapshots.failRestores('no memory');
    await withService(target, async (service) => {
      await expect(service.restore({ name: 'resumed', suffix: '_b' })).rejects.toMatchObject({
        code: 'IMPORT_FAILED',
        message: expect.stringContaining('no memory'),
      });
      sim.faults.snapshots.failRestores(undefined);
      expect(await service.restore({ name: 'resumed', suffix: '_b' })).toMatchObject({ state: 'success' });
    });
    await expectAll(source, target, [one], '_b');
  });
});
