import { type BackupService, type CollectionFilter, isBackupError, type TaskView } from '@milvus-backup/core';
import { callRaw, createFixture, scalarsFixture } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GatedStack, isBackupCopy, startGatedStack } from './harness/interrupted.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

const sources: CollectionFilter = { databases: new Map([['default', new Set(['scalars', 'more'])]]) };

/** It comes back within a run's patience, or does not: either way the run ends with the truth, and the same command with success. */
describe('a Milvus that is killed and started again', () => {
  let gated: GatedStack;
  let service: BackupService;

  beforeAll(async () => {
    // Seconds in which Milvus gives work to nodes of its former life; by default it takes half a minute to come to itself.
    const config = { common: { session: { ttl: 5 } } };
    gated = await startGatedStack({}, { config });
    await createFixture(gated.client, {
      ...scalarsFixture({ rows: 300, seed: 8 }),
      collection: 'more',
      aliases: [],
    });
    service = await openFrom(gated.file);
  });

  afterEach(() => gated.proxy.openAll());

  afterAll(async () => {
    await service?.close();
    await gated?.stop();
  });

  /** Success, or a failure with its code and then success of the same command once Milvus is back. */
  async function endWell(begun: Promise<TaskView>, restarted: Promise<void>, again: () => Promise<TaskView>) {
    const [first] = await Promise.allSettled([begun]);
    await restarted;
    if (first.status === 'fulfilled') {
      expect(first.value.state).toBe('success');
      return;
    }
    const error: unknown = first.reason;
    if (!isBackupError(error)) throw error;
    expect(error.code, error.message).toMatch(/^(MILVUS_|IMPORT_FAILED)/);
    expect((await again()).state).toBe('success');
  }

  async function expectRestorable(name: string): Promise<void> {
    const { client, fixture } = gated;
    const suffix = `_${name}`;
    await service.restore({ name, suffix });
    for (const collection of [fixture.collection, 'more'])
      await expectSameRows({ client, collection }, { client, collection: collection + suffix });
  }

  it('while a backup flushes', async () => {
    let restart = (): void => {};
    const flushing = new Promise<void>((resolve) => {
      restart = resolve;
    });
    const onProgress = ({ progress }: TaskView): void => {
      if (progress.step.startsWith('flushing')) restart();
    };
    const begun = service.create({ name: 'flush' }, { onProgress });
    await flushing;
    await endWell(begun, gated.stack.milvus.restart(), () => service.create({ name: 'flush' }));
    await expectRestorable('flush');
  });

  it('while a backup copies', async () => {
    const { proxy, stack } = gated;
    const gate = proxy.hold(isBackupCopy, 5);
    const create = (): Promise<TaskView> => service.create({ name: 'copies', filter: sources });
    const begun = create();
    await gate.reached;
    const restarted = stack.milvus.restart();
    gate.open();
    await endWell(begun, restarted, create);
    await expectRestorable('copies');
  });

  it('while it imports', async () => {
    const { client, stack } = gated;
    const collections = ['scalars', 'more'];
    const restore = (): Promise<TaskView> =>
      service.restore({ name: 'copies', suffix: '_amid', sourceFilter: sources });
    const begun = restore();
    await vi.waitFor(
      async () => expect(await importsInto(collections.map((one) => `${one}_amid`))).not.toEqual([]),
      {
        timeout: 60_000,
        interval: 50,
      },
    );
    await endWell(begun, stack.milvus.restart(), restore);
    for (const collection of collections)
      await expectSameRows({ client, collection }, { client, collection: `${collection}_amid` });
  }, 300_000);

  /** Those that Milvus has taken. */
  async function importsInto(collections: readonly string[]): Promise<object[]> {
    const found = await Promise.all(
      collections.map(async (collection_name) => {
        const request = { collection_name, limit: 0 };
        return (await callRaw<{ readonly tasks: object[] }>(gated.client, 'ListImportTasks', request)).tasks;
      }),
    );
    return found.flat();
  }
});
