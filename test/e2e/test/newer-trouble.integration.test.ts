import { describe, expect, it } from 'vitest';
import { spokenCalls } from './harness/calls.js';
import { backUp, gcPath, methods, open, useNewerStore } from './harness/newer-stage.js';

useNewerStore();

describe('a Milvus that is in trouble', () => {
  const pausePath = `${gcPath}/pause`;
  const resumePath = `${gcPath}/resume`;

  it('refuses flushes, and takes long for one', async () => {
    const started = await open('2.6.11');
    started.sim.faults.fail('FlushAll', 2, { reason: 'node is recovering' });
    started.sim.faults.delayFlush(6);
    const { meta, calls, warnings } = await backUp(started);
    expect(methods(calls, 'grpc').filter((one) => one === 'GetFlushAllState')).toHaveLength(7);
    expect(warnings.filter((one) => one.includes('it is asked for again'))).toHaveLength(2);
    expect(meta.collection_backups).toHaveLength(1);

    const older = await open('2.4.23');
    older.sim.faults.fail('Flush', 2);
    older.sim.faults.rateLimit('Flush', 2);
    older.sim.faults.fail('GetFlushState', 3);
    expect((await backUp(older)).meta.collection_backups).toHaveLength(1);
  });

  it('does not pause garbage collection, or does not know of the pause any more', async () => {
    const started = await open('2.6.11');
    started.sim.faults.fail(pausePath, 1);
    const { calls, warnings } = await backUp(started);
    expect(warnings).toContain('garbage collection of a collection is not paused');
    expect(methods(calls, 'management').some((one) => one.startsWith(resumePath))).toBe(false);

    const other = await open('2.6.10');
    other.sim.faults.fail(resumePath, 1);
    expect((await backUp(other)).warnings).toContainEqual(expect.stringContaining('could not be resumed'));
  });

  it('compacts segments under the backup, and knows no databases by their properties', async () => {
    const started = await open('2.6.11');
    // As one that does not know the call.
    started.sim.faults.fail('DescribeDatabase', 1, { code: 10, reason: 'service unimplemented' });
    started.sim.faults.before('/v2/vectordb/segments/describe', () => started.sim.compact());
    const { meta } = await backUp(started);
    expect(meta.database_backups).toEqual([{ db_name: 'default', db_id: 0n, properties: [], ezk: '' }]);
    const rows = meta.collection_backups[0]?.partition_backups[0]?.segment_backups ?? [];
    expect(rows.reduce((sum, one) => sum + one.num_of_rows, 0)).toBeGreaterThanOrEqual(37);
  });

  it('asks each name of a filter for itself, as the Go tool', async () => {
    const started = await open('2.4.23');
    const filter = { databases: new Map([['default', new Set(['books'])]]) };
    const { calls } = await backUp(started, { filter });
    const lines = spokenCalls(calls);
    expect(lines).toContain('HasCollection @default {"collection_name":"books"}');
    expect(lines.filter((one) => one.startsWith('ShowCollections'))).toEqual([]);
  });
});
