import { describe, expect, test } from 'vitest';
import { BackupError, cancelled } from '../../src/errors/index.js';
import { type RunContext, Runs } from '../../src/task/runs.js';
import type { TaskView } from '../../src/task/types.js';
import { thrownBy } from '../driver/thrown-by.js';

const init = (id: string, options = {}) => ({ id, kind: 'create', backupName: 'b', options }) as const;

/** Work that goes on until it is cancelled, and needs a moment to clean up. */
function untilCancelled(cleaned: string[]) {
  return async ({ signal }: RunContext): Promise<void> => {
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await new Promise(setImmediate);
    cleaned.push('cleaned');
    throw cancelled(signal);
  };
}

describe('a run', () => {
  test('is shown while it goes on, and at its end', async () => {
    let time = 100;
    const runs = new Runs(() => time);
    let proceed = (): void => {};
    const run = runs.start(init('one'), async ({ tracker }) => {
      tracker.step('working', 40);
      await new Promise<void>((resolve) => {
        proceed = resolve;
      });
    });
    expect(run.view()).toMatchObject({
      state: 'executing',
      progress: { step: 'working', percent: 40 },
      endedAt: 0,
    });
    time = 200;
    proceed();
    const end = await run.done();
    expect(end).toMatchObject({ state: 'success', startedAt: 100, endedAt: 200, progress: { percent: 100 } });
    expect(runs.find('create', { id: 'one' })).toEqual(end);
  });

  test('that fails is remembered with its error; a foreign one is wrapped', async () => {
    const runs = new Runs(() => 1);
    const run = runs.start(init('one'), () => Promise.reject(new TypeError('x is not a function')));
    const error = await thrownBy(() => run.done());
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'x is not a function' });
    expect(run.view()).toMatchObject({ state: 'fail', error });
  });

  test('that nobody waits for does not end the process', async () => {
    const runs = new Runs(() => 1);
    const run = runs.start(init('one'), () =>
      Promise.reject(new BackupError({ code: 'STORAGE_FULL', message: 'no room' })),
    );
    await new Promise(setImmediate);
    expect(run.view().error?.code).toBe('STORAGE_FULL');
  });

  test('is cancelled by itself, by its caller, or by the end of all', async () => {
    const runs = new Runs(() => 1);
    const cleaned: string[] = [];
    const own = runs.start(init('own'), untilCancelled(cleaned));
    own.cancel();
    expect((await thrownBy(() => own.done())).message).toBe('the run was cancelled');

    const stop = new AbortController();
    const called = runs.start(init('called', { signal: stop.signal }), untilCancelled(cleaned));
    stop.abort(new BackupError({ code: 'CANCELLED', message: 'cancelled by SIGINT' }));
    expect((await thrownBy(() => called.done())).message).toBe('cancelled by SIGINT');

    const last = runs.start(init('last'), untilCancelled(cleaned));
    await runs.close();
    expect(cleaned).toHaveLength(3);
    expect(last.view()).toMatchObject({ state: 'fail', error: { code: 'CANCELLED' } });
  });

  test('that was cancelled is told as such, whatever its work threw', async () => {
    const runs = new Runs(() => 1);
    const run = runs.start(init('one'), async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      throw new Error('socket hang up');
    });
    run.cancel();
    expect((await thrownBy(() => run.done())).code).toBe('CANCELLED');
  });
});

describe('a process that is about to stop', () => {
  test('refuses new runs, lets those under way end, and begins what they need', async () => {
    const runs = new Runs(() => 1);
    let proceed = (): void => {};
    const outer = runs.start(init('outer'), async () => {
      await new Promise<void>((resolve) => {
        proceed = resolve;
      });
      await runs.start(init('inner'), async () => {}).done();
    });
    const drained = runs.drain(60_000);
    const refused = await thrownBy(() => runs.admit(async () => runs.start(init('late'), async () => {})));
    expect(refused).toMatchObject({ code: 'SHUTTING_DOWN', remedy: expect.stringContaining('again') });
    expect(runs.findAny('late')).toBeNull();
    proceed();
    await drained;
    expect([outer.view().state, runs.findAny('inner')?.state]).toEqual(['success', 'success']);
  });

  test('waits for a run that was let in just before', async () => {
    const runs = new Runs(() => 1);
    let look = (): void => {};
    const looked = new Promise<void>((resolve) => {
      look = resolve;
    });
    const admitted = runs.admit(async () => {
      await looked;
      return runs.start(init('one'), () => new Promise((resolve) => setImmediate(resolve)));
    });
    const drained = runs.drain(60_000);
    look();
    await drained;
    expect((await admitted).view().state).toBe('success');
  });

  test('waits no longer than it was told, and then stops the rest', async () => {
    const runs = new Runs(() => 1);
    const cleaned: string[] = [];
    const run = runs.start(init('one'), untilCancelled(cleaned));
    await runs.drain(1);
    expect([run.view().state, cleaned]).toEqual(['executing', []]);
    await runs.close();
    expect(cleaned).toHaveLength(1);
    expect(run.view()).toMatchObject({
      state: 'fail',
      error: { code: 'CANCELLED', message: expect.stringContaining('told to stop') },
    });
  });

  test('stops at once what starts after its end', async () => {
    const runs = new Runs(() => 1);
    await runs.close();
    const error = await thrownBy(() => runs.start(init('one'), untilCancelled([])).done());
    expect(error.code).toBe('CANCELLED');
  });
});

describe('runs', () => {
  test('are found by id or name, the latest first', async () => {
    const runs = new Runs(() => 1);
    for (const id of ['one', 'two']) await runs.start(init(id), async () => {}).done();
    expect(runs.find('create', { name: 'b' })?.id).toBe('two');
    expect(runs.find('create', { id: 'one', name: 'b' })?.id).toBe('one');
    expect(runs.find('create', { id: 'one', name: 'other' })).toBeNull();
    expect(runs.find('restore', { id: 'one' })).toBeNull();
    runs.forget('b');
    expect(runs.find('create', { name: 'b' })).toBeNull();
  });

  test('are forgotten when there are many, but for those that go on', async () => {
    const runs = new Runs(() => 1);
    const cleaned: string[] = [];
    runs.start(init('running'), untilCancelled(cleaned));
    for (let index = 0; index < 250; index++) await runs.start(init(`r${index}`), async () => {}).done();
    const known = (id: string): TaskView | null => runs.find('create', { id });
    expect([known('running')?.state, known('r0'), known('r249')?.state]).toEqual([
      'executing',
      null,
      'success',
    ]);
    runs.forget('b');
    expect(known('running')).not.toBeNull();
    await runs.close();
  });
});
