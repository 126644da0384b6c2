import { once } from 'node:events';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';
import { expect, onTestFinished, test } from 'vitest';
import { createMemoryStore, type MilvusSim, type MilvusSimOptions, startMilvusSim } from '../../src/index.js';
import { loadSimWire } from '../../src/milvus-sim/wire.js';

const wire = loadSimWire();
const service = '/milvus.proto.milvus.MilvusService';

async function start(more: Partial<MilvusSimOptions> = {}): Promise<{ sim: MilvusSim; client: Client }> {
  const storage = { store: createMemoryStore() };
  const sim = await startMilvusSim({
    version: '2.6.11',
    storage,
    cluster: 'west',
    secondaryOf: 'east',
    ...more,
  });
  const client = new Client(`127.0.0.1:${sim.port}`, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await sim.stop();
  });
  return { sim, client };
}

type Stream = ClientDuplexStream<
  object,
  { replicate_confirmed_message_info: { confirmed_time_tick: string } }
>;

function openStream(
  client: Client,
  cluster = 'west',
): { stream: Stream; confirmed: string[]; end: Promise<number> } {
  const metadata = new Metadata();
  if (cluster !== '') metadata.set('cluster-id', cluster);
  const stream: Stream = client.makeBidiStreamRequest(
    `${service}/CreateReplicateStream`,
    (value: object) => wire.encode('milvus.ReplicateRequest', value),
    (bytes: Buffer) => wire.decode('milvus.ReplicateResponse', bytes) as never,
    metadata,
  );
  const confirmed: string[] = [];
  stream.on('data', (answer) => confirmed.push(answer.replicate_confirmed_message_info.confirmed_time_tick));
  const end = new Promise<number>((resolve) => {
    stream.on('error', (error: ServiceError) => resolve(error.code));
  });
  return { stream, confirmed, end };
}

/** A FlushAll by default, which changes nothing. */
function message(tick: number, properties: object = {}, source = 'east'): object {
  return {
    replicate_message: {
      source_cluster_id: source,
      message: {
        id: { id: 'AQ==', WAL_name: 1 },
        payload: Buffer.alloc(0),
        properties: {
          _t: '37',
          _v: '2',
          _tt: tick.toString(36),
          _vc: 'east-rootcoord-dml_3',
          _lcs: '',
          ...properties,
        },
      },
    },
  };
}

function checkpoint(client: Client, channel = 'west-rootcoord-dml_3', source = 'east'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `${service}/GetReplicateInfo`,
      (value: object) => wire.encode('milvus.GetReplicateInfoRequest', value),
      (bytes: Buffer) => wire.decode('milvus.GetReplicateInfoResponse', bytes),
      { source_cluster_id: source, target_pchannel: channel },
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
  });
}

test('confirms messages by their time, and tells how far each channel is', async () => {
  const { sim, client } = await start();
  expect(await checkpoint(client)).toMatchObject({ checkpoint: { time_tick: '0' } });
  const { stream, confirmed } = openStream(client);
  stream.write(message(5));
  stream.write(message(7));
  stream.write(message(6, { _vc: 'east-rootcoord-dml_4_9v0' }));
  await expect.poll(() => confirmed).toEqual(['5', '7', '6']);
  expect(await checkpoint(client)).toMatchObject({ checkpoint: { cluster_id: 'east', time_tick: '7' } });
  expect(sim.replication.checkpoints.get('west-rootcoord-dml_4')).toBe(6n);
  stream.end();
  await once(stream, 'end');
});

test('passes over what it has, without a word', async () => {
  const { sim, client } = await start();
  const { stream, confirmed } = openStream(client);
  for (const tick of [5, 5, 4, 8]) stream.write(message(tick));
  await expect.poll(() => confirmed).toEqual(['5', '8']);
  expect(sim.replication.passedOver).toHaveLength(2);
  stream.cancel();
});

test('breaks in the middle, with a message written that is not confirmed', async () => {
  const { sim, client } = await start();
  sim.replication.cutAfter(2);
  const { stream, confirmed, end } = openStream(client);
  for (const tick of [1, 2, 3]) stream.write(message(tick));
  expect(await end).toBe(14);
  expect(confirmed).toEqual(['1']);
  expect(sim.replication.checkpoints.get('west-rootcoord-dml_3')).toBe(2n);
});

test('has the effect of a broadcast when it has come on all of its channels', async () => {
  const { sim, client } = await start();
  const headers = new protobuf.Type('H')
    .add(new protobuf.Field('broadcast_id', 1, 'uint64'))
    .add(new protobuf.Field('vchannels', 2, 'string', 'repeated'));
  const database = new protobuf.Type('D')
    .add(new protobuf.Field('db_name', 1, 'string'))
    .add(new protobuf.Field('db_id', 2, 'int64'));
  const encode = (type: protobuf.Type, value: object): string =>
    Buffer.from(type.encode(type.fromObject(value)).finish()).toString('base64');
  const vchannels = ['east-rootcoord-dml_0_vcchan', 'east-rootcoord-dml_1'];
  const shared = {
    _t: '16',
    _bh: encode(headers, { broadcast_id: 9, vchannels }),
    _h: encode(database, { db_name: 'shop', db_id: 77 }),
  };
  const { stream, confirmed } = openStream(client);
  stream.write(message(1, { ...shared, _vc: vchannels[0] }));
  await expect.poll(() => confirmed).toHaveLength(1);
  expect(sim.replication.failures).toEqual([]);
  stream.write(message(2, { ...shared, _vc: vchannels[1] }));
  await expect
    .poll(async () => {
      const answer = await describeDatabase(client, 'shop');
      return answer;
    })
    .toMatchObject({ dbID: '77' });
  stream.cancel();
});

function describeDatabase(client: Client, name: string): Promise<object> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `${service}/DescribeDatabase`,
      (value: object) => wire.encode('milvus.DescribeDatabaseRequest', value),
      (bytes: Buffer) => wire.decode('milvus.DescribeDatabaseResponse', bytes),
      { db_name: name },
      (error, answer) => (error || !answer ? reject(error) : resolve(answer)),
    );
  });
}

test('refuses streams for another cluster, of another source, to a primary, and of older versions', async () => {
  const { client } = await start();
  const codeOf = async (
    cluster: string,
    more: Partial<MilvusSimOptions> = {},
    source = 'east',
  ): Promise<number> => {
    const other = await start(more);
    const { stream, end } = openStream(other.client, cluster);
    stream.write(message(1, {}, source));
    return await end;
  };
  expect(await codeOf('')).toBe(3);
  expect(await codeOf('north')).toBe(9);
  expect(await codeOf('west', {}, 'north')).toBe(9);
  expect(await codeOf('west', { version: '2.5.20' })).toBe(12);
  const primary = await startMilvusSim({ version: '2.6.11', storage: { store: createMemoryStore() } });
  const toPrimary = new Client(`127.0.0.1:${primary.port}`, credentials.createInsecure());
  expect(await openStream(toPrimary, 'by-dev').end).toBe(9);
  toPrimary.close();
  await primary.stop();
  const { stream, end } = openStream(client);
  stream.write(message(1, { _vc: 'other-rootcoord-dml_0' }));
  expect(await end).toBe(9);
  await expect(checkpoint(client, 'east-rootcoord-dml_3')).rejects.toMatchObject({ code: 2 });
});
