import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import type { TaskView } from '../../src/task/types.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeServiceBench, type ServiceBench } from './bench.js';

/** Runs hold still in a flush until the test lets them go. */
async function makeHeldRun(): Promise<{ bench: ServiceBench; owner: Service; release: () => void }> {
  const bench = await makeServiceBench();
  await bench.milvus.add('books', 3);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isFlushed: MilvusGateway['isFlushed'] = async (_at, _ticket, call) => {
    const stopped = new Promise((_, reject) => {
      call?.signal?.addEventListener('abort', () => reject(call.signal?.reason));
    });
    await Promise.race([held, stopped]);
    return true;
  };
  return { bench, owner: bench.open(7, { ...bench.milvus.gateway, isFlushed }), release };
}
type Service = ReturnType<ServiceBench['open']>;

async function collect(views: AsyncIterable<TaskView>): Promise<TaskView[]> {
  const all: TaskView[] = [];
  for await (const view of views) all.push(view);
  return all;
}

/** Until the run has written its record, and another process can see it. */
async function seenBy(service: Service, id: string): Promise<TaskView> {
  return await vi.waitFor(async () => {
    const view = await service.findJob(id);
    if (view === null) throw new Error('not yet');
    return view;
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('jobs', () => {
  test('of this and of another process are one list, each once', async () => {
    const { bench, owner, release } = await makeHeldRun();
    const handle = await owner.startCreate({ name: 'b', id: 'mine' });
    const other = bench.open(8);
    expect(await seenBy(other, 'mine')).toMatchObject({
      kind: 'create',
      backupName: 'b',
      state: 'executing',
    });
    expect((await owner.jobs()).map((job) => job.id)).toEqual(['mine']);
    expect((await other.jobs()).map((job) => job.id)).toEqual(['mine']);
    release();
    await handle.done();
    expect((await owner.jobs()).map((job) => [job.id, job.state])).toEqual([['mine', 'success']]);
  });

  test('a backup that is whole answers for the run that made it', async () => {
    const { bench, owner, release } = await makeHeldRun();
    release();
    await owner.create({ name: 'b', id: 'mine' });
    expect(await bench.open(8).findJob('mine')).toMatchObject({ state: 'success', backupName: 'b' });
    expect(await collect(bench.open(8).watchJob('mine'))).toHaveLength(1);
  });

  test('one that is stopped with its process before it has written anything is known to the next', async () => {
    const { bench, owner } = await makeHeldRun();
    await bench.driver('backups').createBucket();
    let ask = (): void => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const listDatabases: MilvusGateway['listDatabases'] = async (call) => {
      ask();
      return await new Promise((_, reject) => {
        call?.signal?.addEventListener('abort', () => reject(call.signal?.reason));
      });
    };
    const slow = bench.open(9, { ...bench.milvus.gateway, listDatabases });
    await slow.startCreate({ name: 'b', id: 'early' });
    await asked;
    await slow.close();
    const next = bench.open(10);
    expect(await next.findJob('early')).toMatchObject({
      state: 'fail',
      error: { code: 'CANCELLED', message: expect.stringContaining('told to stop') },
    });
    expect((await next.findCreate({ name: 'b' }))?.id).toBe('early');
    expect(await next.list()).toEqual([]);
    expect((await next.create({ name: 'b', id: 'again' })).state).toBe('success');
    await owner.close();
  });

  test('where nothing has run yet there are none', async () => {
    const service = (await makeServiceBench()).open();
    expect([await service.jobs(), await service.findJob('x'), await collect(service.watchJob('x'))]).toEqual([
      [],
      null,
      [],
    ]);
    expect((await thrownBy(() => service.cancel('x'))).code).toBe('TASK_NOT_FOUND');
  });
});

describe('cancel', () => {
  test('ends a run of this process', async () => {
    const { owner } = await makeHeldRun();
    const handle = await owner.startCreate({ name: 'b', id: 'mine' });
    expect(await owner.cancel('mine')).toMatchObject({ id: 'mine' });
    expect((await thrownBy(() => handle.done())).code).toBe('CANCELLED');
    expect(await owner.cancel('mine')).toMatchObject({ state: 'fail', error: { code: 'CANCELLED' } });
  });

  test('ends a run of another process on the same store, with its next renewal', async () => {
    const { bench, owner } = await makeHeldRun();
    const handle = await owner.startCreate({ name: 'b', id: 'mine' });
    const other = bench.open(8);
    await seenBy(other, 'mine');
    expect(await other.cancel('mine')).toMatchObject({ state: 'executing' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await thrownBy(() => handle.done())).code).toBe('CANCELLED');
    expect(await owner.findJob('mine')).toMatchObject({ state: 'fail' });
    expect((await bench.keys('backups'))?.filter((key) => key.endsWith('.cancel'))).toEqual([]);
    // What is left is no obstacle
    expect(await other.create({ name: 'b' })).toMatchObject({ state: 'success' });
  });
});

describe('watchJob', () => {
  test('tells the run until its end', async () => {
    const { owner, release } = await makeHeldRun();
    await owner.startCreate({ name: 'b', id: 'mine' });
    const told = collect(owner.watchJob('mine'));
    release();
    const views = await told;
    expect(views.length).toBeGreaterThan(1);
    expect(views.at(-1)).toMatchObject({ state: 'success', progress: { percent: 100 } });
  });

  test('ends with its signal', async () => {
    const { owner, release } = await makeHeldRun();
    const handle = await owner.startCreate({ name: 'b', id: 'mine' });
    const stop = new AbortController();
    const told = collect(owner.watchJob('mine', { signal: stop.signal }));
    stop.abort();
    expect((await thrownBy(() => told)).code).toBe('CANCELLED');
    release();
    await handle.done();
  });

  test('of a run elsewhere ends with the service', async () => {
    const { bench, owner, release } = await makeHeldRun();
    const handle = await owner.startCreate({ name: 'b', id: 'mine' });
    const other = bench.open(8);
    await seenBy(other, 'mine');
    const views = other.watchJob('mine')[Symbol.asyncIterator]();
    await views.next();
    const next = views.next();
    await other.close();
    expect((await thrownBy(() => next)).code).toBe('CANCELLED');
    release();
    await handle.done();
  });
});
