import { describe, expect, it } from 'vitest';
import { makeField, makeSchema } from '../../src/meta/index.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import type { Handler } from './fake-milvus.js';
import { connect, success } from './gateway-fixture.js';

const found = () => ({ status: success, value: true });
const at = { database: 'default', collection: 'c' };
const input = { partition: '_default', files: ['a/', ''], isL0: false, storageVersion: 0n, ezk: '' };
const limited = { status: { code: 8, error_code: 49, reason: 'rate limit exceeded[rate=0.1]' } };

/** Answers with each of the list, then with the last one for ever. */
function inTurn(...answers: readonly ReturnType<Handler>[]): Handler {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? 'never';
}

describe('retries', () => {
  it('reads again when the connection breaks', async () => {
    const { milvus, gateway } = await connect({
      HasCollection: inTurn({ grpc: 14, details: 'broken' }, { grpc: 14 }, { status: success, value: true }),
    });
    expect(await gateway.hasCollection(at)).toBe(true);
    expect(milvus.calls.filter((rpc) => rpc === 'HasCollection')).toHaveLength(3);
  });

  it('never sends an import twice when nobody knows whether the first arrived', async () => {
    const { milvus, gateway } = await connect({
      HasCollection: found,
      Import: inTurn({ grpc: 14, details: 'Connection dropped' }, { status: success, tasks: ['7'] }),
    });
    await expect(gateway.startImport(at, input)).rejects.toMatchObject({ code: 'MILVUS_UNREACHABLE' });
    expect(milvus.calls.filter((rpc) => rpc === 'Import')).toHaveLength(1);
  });

  it('waits and sends again what was refused for its rate', async () => {
    const { milvus, gateway } = await connect({
      HasCollection: found,
      Import: inTurn(
        limited,
        { grpc: 8, details: 'rate limit' },
        { status: success, tasks: ['470635130682481644'] },
      ),
    });
    expect(await gateway.startImport(at, input)).toBe('470635130682481644');
    expect(milvus.calls.filter((rpc) => rpc === 'Import')).toHaveLength(3);
  });

  it('waits for a Milvus that has just come back, but never sends an import twice', async () => {
    const reason = 'attempt #0: session not found->datanode-1: node not found[node=1]: unrecoverable error';
    const lost = { status: { code: 65535, error_code: 1, reason } };
    const { milvus, gateway } = await connect({
      HasCollection: inTurn(lost, lost, { status: success, value: true }),
      Import: () => lost,
    });
    expect(await gateway.hasCollection(at)).toBe(true);
    expect(milvus.calls.filter((rpc) => rpc === 'HasCollection')).toHaveLength(3);
    await expect(gateway.startImport(at, input)).rejects.toMatchObject({ code: 'MILVUS_UNREACHABLE' });
    expect(milvus.calls.filter((rpc) => rpc === 'Import')).toHaveLength(1);
  });

  it('does not repeat what Milvus refused', async () => {
    const { milvus, gateway } = await connect({
      CreatePartition: () => ({ code: 1100, error_code: 1, reason: 'bad name' }),
    });
    await expect(gateway.createPartition(at, 'p')).rejects.toMatchObject({ code: 'MILVUS_ERROR' });
    expect(milvus.calls.filter((rpc) => rpc === 'CreatePartition')).toHaveLength(1);
  });

  it('stops waiting for the rate when told to', async () => {
    const { milvus, gateway } = await connect({ HasCollection: found, Import: () => limited });
    await gateway.serverInfo();
    const stop = new AbortController();
    const waiting = gateway.startImport(at, input, { signal: stop.signal });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => milvus.calls.includes('Import')).toBe(true);
    stop.abort();
    await refused;
  });

  it('ends a call under way when told to', async () => {
    const { milvus, gateway } = await connect({ ShowPartitions: () => 'never' });
    const stop = new AbortController();
    const waiting = gateway.listPartitions(at, { signal: stop.signal });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => milvus.calls.includes('ShowPartitions')).toBe(true);
    stop.abort();
    await refused;
  });

  it('makes no call with a signal that is aborted already', async () => {
    const { milvus, gateway } = await connect({ ShowPartitions: () => ({ status: success }) });
    await gateway.serverInfo();
    await expect(gateway.listPartitions(at, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(milvus.calls).not.toContain('ShowPartitions');
  });
});

describe('a change under which the connection breaks', () => {
  const broken = { grpc: 14, details: 'Connection dropped' };
  const schema = makeSchema({ fields: [makeField({ name: 'id', fieldID: 100n, data_type: 5 })] });
  const collection = { schema, shardsNum: 1, consistencyLevel: 0, properties: [], numPartitions: 0 };
  const changes: readonly (readonly [
    string,
    (gateway: MilvusGateway) => Promise<void>,
    string,
    Handler,
    Handler,
  ])[] = [
    [
      'CreateCollection',
      (one) => one.createCollection(at, collection),
      'HasCollection',
      () => ({ status: success, value: false }),
      found,
    ],
    [
      'CreatePartition',
      (one) => one.createPartition(at, 'p'),
      'HasPartition',
      () => ({ status: success, value: false }),
      found,
    ],
    [
      'CreateDatabase',
      (one) => one.createDatabase('shop'),
      'ListDatabases',
      () => ({ status: success, db_names: ['default'] }),
      () => ({ status: success, db_names: ['default', 'shop'] }),
    ],
    [
      'AddCollectionField',
      (one) => one.addField(at, makeField({ name: 'late', data_type: 5 })),
      'DescribeCollection',
      () => ({ status: success, schema: { fields: [{ name: 'id' }] } }),
      () => ({ status: success, schema: { fields: [{ name: 'id' }, { name: 'late' }] } }),
    ],
  ];

  it.each(changes)('%s is sent again when Milvus has not made it', async (rpc, change, question, no) => {
    const { milvus, gateway } = await connect({ [rpc]: inTurn(broken, success), [question]: no });
    await change(gateway);
    expect(milvus.calls.filter((one) => one === rpc)).toHaveLength(2);
  });

  it.each(changes)(
    '%s is not sent again when Milvus has made it',
    async (rpc, change, question, _no, yes) => {
      const { milvus, gateway } = await connect({ [rpc]: () => broken, [question]: yes });
      await change(gateway);
      expect(milvus.calls.filter((one) => one === rpc)).toHaveLength(1);
    },
  );

  it.each([
    [
      'DropIndex',
      (one: MilvusGateway) => one.dropIndex(at, 'f', 'i'),
      { code: 700, error_code: 25, reason: 'index not found' },
    ],
    [
      'DropAlias',
      (one: MilvusGateway) => one.dropAlias('default', 'a'),
      { code: 1600, error_code: 1, reason: 'alias not found' },
    ],
    [
      'CreateIndex',
      (one: MilvusGateway) => one.createIndex(at, { fieldName: 'f', indexName: 'i', params: {} }),
      success,
    ],
    ['CreateAlias', (one: MilvusGateway) => one.createAlias(at, 'a'), success],
  ] as const)('%s is sent again: made already, gone already is done', async (rpc, change, second) => {
    const { milvus, gateway } = await connect({ [rpc]: inTurn(broken, second) });
    await change(gateway);
    expect(milvus.calls.filter((one) => one === rpc)).toHaveLength(2);
  });
});
