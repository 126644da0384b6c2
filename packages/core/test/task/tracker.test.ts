import { describe, expect, test } from 'vitest';
import { BackupError } from '../../src/errors/index.js';
import { TaskTracker } from '../../src/task/tracker.js';
import type { TaskView } from '../../src/task/types.js';

function track() {
  const clock = { time: 1_000 };
  const told: TaskView[] = [];
  const tracker = new TaskTracker({
    id: 'one',
    kind: 'restore',
    backupName: 'b',
    now: () => clock.time,
    onProgress: (view) => told.push(view),
  });
  return { clock, told, tracker };
}

describe('TaskTracker', () => {
  test('percent never falls, and never passes 100', () => {
    const { tracker } = track();
    const seen = [30, 20, 50.9, -5, 400, 7].map((value) => {
      tracker.percent(value);
      return tracker.view().progress.percent;
    });
    expect(seen).toEqual([30, 30, 50, 50, 100, 100]);
  });

  test('counters add up', () => {
    const { tracker } = track();
    tracker.add({ bytesTotal: 10, objectsTotal: 2, collectionsTotal: 1 });
    tracker.add({ bytesDone: 4, objectsDone: 1 });
    tracker.add({ bytesDone: 6, objectsDone: 1, collectionsDone: 1 });
    expect(tracker.view().progress).toMatchObject({
      bytesDone: 10,
      bytesTotal: 10,
      objectsDone: 2,
      objectsTotal: 2,
      collectionsDone: 1,
      collectionsTotal: 1,
    });
  });

  test('a listener hears of steps at once, of the rest a few times a second', () => {
    const { clock, told, tracker } = track();
    tracker.begin('starting');
    for (let index = 0; index < 50; index++) {
      clock.time += 10;
      tracker.percent(index);
    }
    expect(told.length).toBe(3);
    tracker.step('next');
    tracker.succeed();
    expect(told.slice(3).map((view) => [view.state, view.progress.step, view.progress.percent])).toEqual([
      ['executing', 'next', 49],
      ['success', 'next', 100],
    ]);
  });

  test('a view stays as it was given out', () => {
    const { tracker } = track();
    tracker.begin('starting');
    const view = tracker.view();
    tracker.step('next', 10);
    tracker.fail(new BackupError({ code: 'CANCELLED', message: 'stop' }));
    expect(view).toMatchObject({
      state: 'executing',
      endedAt: 0,
      error: null,
      progress: { step: 'starting' },
    });
    expect(tracker.view()).toMatchObject({ state: 'fail', endedAt: 1_000, error: { code: 'CANCELLED' } });
  });

  test('the end is that of the first who says it, also in the record of the run', () => {
    const { clock, tracker } = track();
    tracker.begin('starting');
    expect(tracker.succeed().endedAt).toBe(1_000);
    clock.time = 2_000;
    expect(tracker.succeed().endedAt).toBe(1_000);
    expect(tracker.fail(new BackupError({ code: 'INTERNAL', message: 'late' })).endedAt).toBe(2_000);
  });

  test('each collection is told once, as it stands now', () => {
    const { tracker } = track();
    const one = { database: 'd', collection: 'c', rows: 0, startedAt: 1, endedAt: 0, error: '' } as const;
    tracker.collection({ ...one, state: 'initial', percent: 0 });
    tracker.collection({ ...one, collection: 'other', state: 'initial', percent: 0 });
    tracker.collection({ ...one, state: 'success', percent: 100 });
    expect(tracker.view().collections.map((view) => [view.collection, view.state])).toEqual([
      ['c', 'success'],
      ['other', 'initial'],
    ]);
  });
});
