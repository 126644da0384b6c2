import { describe, expect, test } from 'vitest';
import { deleteBackup } from '../../src/delete/delete-backup.js';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { silentLogger } from '../../src/log.js';
import { writeBackupMeta } from '../../src/meta/index.js';
import { claim } from '../../src/task/claim.js';
import { runKey } from '../../src/task/record-keys.js';
import { type RunIdentity, readRecord } from '../../src/task/record-store.js';
import { RecordWriter } from '../../src/task/record-writer.js';
import type { TaskView } from '../../src/task/types.js';
import { WriteFence } from '../../src/task/write-fence.js';
import { thrownBy } from '../driver/thrown-by.js';
import { planBackup } from '../restore/backups.js';
import { makeHost, makeView } from './runs-of.js';

const key = runKey('backup', 'b');
/** Milliseconds for which a host that is not heard of keeps what it has taken. */
const lease = 60_000;

/** Two machines with clocks that agree, neither of which can see the processes of the other. */
function makeTwo() {
  const hosts = [makeHost('one'), makeHost('two')] as const;
  const [one, two] = hosts;
  return {
    one: one.process(1),
    two: two.process(1),
    pass(ms: number): void {
      for (const host of hosts) host.time += ms;
    },
  };
}

async function takeAs(driver: StorageDriver, identity: RunIdentity, view: TaskView) {
  await claim(driver, key, view, identity);
  const init = { driver, key, identity, view: () => view, claimed: true, onError: () => {} };
  const record = new RecordWriter(init);
  const fence = new WriteFence();
  fence.hold(record, key);
  return { record, fenced: fence.around(driver) };
}

const deleteAs = (driver: StorageDriver, identity: RunIdentity): Promise<void> =>
  deleteBackup({
    driver,
    root: 'backup',
    identity,
    view: () => makeView({ id: `delete-${identity.owner.host}`, kind: 'delete' }),
    logger: silentLogger,
    onRemoved: () => {},
  });

const told = { code: 'BACKUP_IN_PROGRESS' };

describe.each(['create', 'copy', 'delete'] as const)('a %s of one host', (kind) => {
  test('keeps the name from the other while it is heard of, and says for how long it has it', async () => {
    const { one, two, pass } = makeTwo();
    const driver = createMemoryDriver();
    const view = makeView({ id: 'first', kind, startedAt: one.now() });
    const { record } = await takeAs(driver, one, view);
    for (let renewals = 0; renewals < 4; renewals++) {
      pass(lease - 1);
      const error = await thrownBy(() => claim(driver, key, makeView({ id: 'second' }), two));
      expect(error).toMatchObject(told);
      expect(error.message).toMatch(/by process 1 on one \(run first, since \S+Z, \d+ [sm] ago\)$/);
      await record.save();
    }
    await record.end();
  });

  test('that stood still is taken over by the other, and writes nothing when it wakes', async () => {
    const { one, two, pass } = makeTwo();
    const driver = createMemoryDriver();
    const first = await takeAs(driver, one, makeView({ id: 'first', kind }));
    pass(lease);
    const second = await takeAs(driver, two, makeView({ id: 'second', kind }));
    expect((await readRecord(driver, key))?.fence).toBe(2);

    const writes = [
      () => first.fenced.put('backup/b/x', Buffer.from('late')),
      () => first.fenced.delete(['backup/b/y']),
      () => first.fenced.copyFrom(driver, key, 'backup/b/z'),
    ];
    for (const write of writes) expect(await thrownBy(write)).toMatchObject(told);
    expect(first.record.lost.aborted).toBe(true);
    await first.record.end();
    await first.record.remove();
    expect((await readRecord(driver, key))?.id).toBe('second');
    await second.fenced.put('backup/b/x', Buffer.from('mine'));
    await second.record.remove();
    expect(await readRecord(driver, key)).toBeNull();
  });
});

test('a delete that one host has not ended is ended by the other, when its time is over', async () => {
  const { one, two, pass } = makeTwo();
  const driver = createMemoryDriver();
  await driver.put('backup/b/binlogs/insert_log/1/2/3/3/0/1', Buffer.from('x'));
  await writeBackupMeta(driver, 'backup', 'b', planBackup([], []));
  const remove = driver.delete.bind(driver);
  let calls = 0;
  // It freezes in its second call, as a stopped container does, and wakes when the other is done.
  let wake = (): void => {};
  const awake = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let freeze = (): void => {};
  const frozen = new Promise<void>((resolve) => {
    freeze = resolve;
  });
  driver.delete = async (...args) => {
    calls += 1;
    if (calls === 2) {
      freeze();
      await awake;
    }
    return await remove(...args);
  };
  const first = deleteAs(driver, one);
  await frozen;
  expect(await thrownBy(() => deleteAs(driver, two))).toMatchObject(told);
  pass(lease);
  await deleteAs(driver, two);
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of driver.list('')) if (entry.type === 'object') found.push(entry.key);
    return found;
  };
  expect(await keys()).toEqual([]);
  // A new backup of the name is none of its business.
  await driver.put('backup/b/binlogs/insert_log/new', Buffer.from('x'));
  wake();
  expect(await thrownBy(() => first)).toMatchObject(told);
  expect(await keys()).toEqual(['backup/b/binlogs/insert_log/new']);
});
