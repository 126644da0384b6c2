import {
  allFixtures,
  callRaw,
  compareCollections,
  connectMilvus,
  createFixture,
  type Fixture,
  type MilvusSim,
  type S3Server,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import { DataType, type MilvusClient, promisify } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWire } from '../../../packages/core/src/milvus/wire.js';
import { openFrom } from './harness/open.js';

let s3: S3Server;
let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
  s3 = await startS3({ buckets: [] });
});

afterAll(async () => {
  await s3?.stop();
  await dir?.remove();
});

const createJob = '/v2/vectordb/jobs/import/create';
const describeJob = '/v2/vectordb/jobs/import/describe';

interface JobBody {
  readonly dbName: string;
  readonly collectionName: string;
  readonly partitionName?: string;
  readonly files: readonly (readonly string[])[];
  readonly options: Readonly<Record<string, string>>;
}

/** What each version is asked to import with; the exact calls of more versions are in `newer-calls`. */
const versions = [
  { version: '2.2.16', rest: false, storageVersion: undefined, manyL0: false },
  { version: '2.4.23', rest: true, storageVersion: undefined, manyL0: false },
  { version: '2.6.11', rest: true, storageVersion: '2', manyL0: true },
] as const;

describe.each(versions)('restore into a simulated Milvus $version', ({ version, ...expected }) => {
  let sim: MilvusSim;
  let client: MilvusClient;
  let fixtures: Fixture[];
  let file: string;

  beforeAll(async () => {
    sim = await startMilvusSim({ version, storage: { s3, bucket: `t-${version.replaceAll('.', '-')}` } });
    client = await connectMilvus(sim);
    fixtures = allFixtures({ rows: 120, seed: 7 }).filter((one) => version !== '2.2.16' || !hasArrays(one));
    for (const fixture of fixtures) await createFixture(client, fixture);
    file = await writeBackupYaml(`${dir.path}/${version}`, { milvus: sim });
    const service = await openFrom(file);
    try {
      expect((await service.create({ name: 'b1', strategy: 'serial_flush' })).state).toBe('success');
    } finally {
      await service.close();
    }
  });

  afterAll(async () => {
    await client?.closeConnection();
    await sim?.stop();
  });

  async function restore(suffix: string, more: object = {}): Promise<MilvusSim['calls']> {
    sim.calls.length = 0;
    const service = await openFrom(file);
    try {
      const view = await service.restore({
        name: 'b1',
        suffix,
        rebuildIndex: true,
        skipAliases: true,
        ...more,
      });
      expect(view).toMatchObject({ state: 'success' });
    } finally {
      await service.close();
    }
    return [...sim.calls];
  }

  it('brings every row back by the calls of that version', async () => {
    const calls = await restore('_r');
    for (const { db, collection } of fixtures) {
      const target = { db, collection: `${collection}_r` };
      const result = await compareCollections(client, { db, collection }, client, target);
      expect(result, `${db}.${collection}`).toMatchObject({ equal: true });
    }
    const used = new Set(calls.map(({ method }) => method));
    expect([used.has(createJob), used.has(describeJob)]).toEqual([expected.rest, expected.rest]);
    expect([used.has('Import'), used.has('GetImportState')]).toEqual([!expected.rest, !expected.rest]);
    expect(calls.filter(({ kind }) => kind === 'management')).toEqual([]);
    expect(calls.filter(({ outcome }) => outcome !== 'ok').map(({ method }) => method)).toEqual([]);
    if (!expected.rest) return;
    const creates = calls.filter(({ method }) => method === createJob);
    expect(new Set(creates.map(({ headers }) => headers['request-timeout']))).toEqual(new Set(['600']));
    const jobs = creates.map(({ request }) => request as unknown as JobBody);
    const data = jobs.filter(({ options }) => options.backup === 'true');
    const l0 = jobs.filter(({ options }) => options.l0_import === 'true');
    expect(data.length + l0.length).toBe(jobs.length);
    expect(new Set(jobs.map(({ options }) => options.skip_disk_quota_check))).toEqual(new Set(['true']));
    expect(new Set(data.map(({ options }) => options.storage_version))).toEqual(
      new Set([expected.storageVersion]),
    );
    expect(l0.length).toBeGreaterThan(0);
    for (const { files } of l0) {
      expect(files.every((folder) => folder.length === 1)).toBe(true);
      if (!expected.manyL0) expect(files).toHaveLength(1);
    }
    for (const name of new Set(l0.map(({ dbName, collectionName }) => `${dbName}.${collectionName}`))) {
      const kinds = jobs
        .filter(({ dbName, collectionName }) => `${dbName}.${collectionName}` === name)
        .map(({ options }) => (options.l0_import === 'true' ? 'l0' : 'data'));
      expect(kinds, name).toEqual([...kinds].sort());
    }
  });

  it('says by which call when it is told to', async () => {
    const filter = { databases: new Map([['default', new Set(['expiring_g'])]]) };
    const calls = await restore('_g', { useV2Restore: false, targetFilter: filter });
    expect(calls.some(({ method }) => method === 'Import')).toBe(true);
    expect(calls.some(({ kind }) => kind === 'rest')).toBe(false);
    const target = { collection: 'expiring_g' };
    const result = await compareCollections(client, { collection: 'expiring' }, client, target);
    expect(result).toMatchObject({ equal: true });
  });
});

describe('the schema of newer versions', () => {
  const field = (name: string, data_type: number, more: object = {}) => ({ name, data_type, ...more });
  const dim = { type_params: [{ key: 'dim', value: '8' }] };
  const schema = {
    name: 'wide',
    enable_dynamic_field: true,
    fields: [
      field('id', 5, { is_primary_key: true }),
      field('number', 5, { is_clustering_key: true }),
      field('maybe', 4, { nullable: true, default_value: { int_data: 7 } }),
      field('text', 21, { type_params: [{ key: 'max_length', value: '64' }] }),
      field('place', 24, { nullable: true }),
      field('long', 25),
      field('moment', 26),
      field('half', 102, dim),
      field('brain', 103, dim),
      field('words', 104, { is_function_output: true }),
      field('small', 105, { type_params: [...dim.type_params, { key: 'mmap.enabled', value: 'true' }] }),
    ],
    struct_array_fields: [{ name: 'parts', fields: [field('inner', 106, { element_type: 101, ...dim })] }],
    functions: [{ name: 'bm25', type: 1, input_field_names: ['text'], output_field_names: ['words'] }],
  };

  it('comes back, with fields that were added later', async () => {
    const sim = await startMilvusSim({ version: '3.0.0', storage: { s3, bucket: 't-types' } });
    const client = await connectMilvus(sim);
    try {
      const wire = loadWire();
      const at = { db_name: 'default', collection_name: 'wide' };
      const bytes = wire.encode('milvus.proto.schema.CollectionSchema', schema);
      await ask(client, 'CreateCollection', { ...at, schema: bytes, shards_num: 1 });
      const late = wire.encode('milvus.proto.schema.FieldSchema', field('late', 5, { nullable: true }));
      await ask(client, 'AddCollectionField', { ...at, schema: late });
      const file = await writeBackupYaml(`${dir.path}/types`, { milvus: sim });
      const service = await openFrom(file);
      try {
        await service.create({ name: 'b1', strategy: 'meta_only' });
        sim.calls.length = 0;
        const view = await service.restore({ name: 'b1', suffix: '_r', metaOnly: true });
        expect(view).toMatchObject({ state: 'success' });
      } finally {
        await service.close();
      }
      const changes = sim.calls.map(({ method }) => method).filter((one) => /^(Create|Add|Alter)/.test(one));
      expect(changes).toEqual(['CreateCollection', 'AddCollectionField', 'AlterCollection']);
      interface Described {
        readonly schema: { readonly name: string; readonly properties: unknown };
      }
      const one = await callRaw<Described>(client, 'DescribeCollection', at);
      const other = await callRaw<Described>(client, 'DescribeCollection', {
        ...at,
        collection_name: 'wide_r',
      });
      expect({ ...other.schema, name: '' }).toEqual({ ...one.schema, name: '' });
    } finally {
      await client.closeConnection();
      await sim.stop();
    }
  });
});

describe('a Milvus that misbehaves', () => {
  let sim: MilvusSim;
  let client: MilvusClient;
  let file: string;
  const books = { ...allFixtures({ rows: 40, seed: 9 })[0], aliases: [] } as Fixture;

  beforeAll(async () => {
    sim = await startMilvusSim({ version: '2.6.11', storage: { s3, bucket: 't-faults' } });
    client = await connectMilvus(sim);
    await createFixture(client, books);
    file = await writeBackupYaml(`${dir.path}/faults`, { milvus: sim });
    const service = await openFrom(file);
    try {
      await service.create({ name: 'b1' });
    } finally {
      await service.close();
    }
  });

  afterAll(async () => {
    await client?.closeConnection();
    await sim?.stop();
  });

  async function restore(suffix: string, signal?: AbortSignal) {
    const service = await openFrom(file);
    try {
      return await service.restore({ name: 'b1', suffix, rebuildIndex: true }, signal ? { signal } : {});
    } finally {
      await service.close();
    }
  }

  async function expectWhole(suffix: string): Promise<void> {
    const target = { collection: `${books.collection}${suffix}` };
    expect(await compareCollections(client, books, client, target)).toMatchObject({ equal: true });
  }

  const created = (): number => sim.calls.filter(({ method }) => method === createJob).length;

  it('limits the rate and stalls: the rows come back once', async () => {
    sim.calls.length = 0;
    sim.faults.rateLimit(createJob, 2);
    sim.faults.rateLimit(describeJob, 2);
    sim.faults.stallImports(70);
    const resume = setTimeout(() => sim.faults.resumeImports(), 1_500);
    try {
      expect(await restore('_slow')).toMatchObject({ state: 'success' });
    } finally {
      clearTimeout(resume);
      sim.faults.resumeImports();
    }
    await expectWhole('_slow');
  });

  it('fails an import, or forgets it: the reason is told', async () => {
    sim.faults.failImports('no binlog to import');
    await expect(restore('_failed')).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: expect.stringContaining('bulk insert failed: no binlog to import'),
    });
    sim.faults.failImports(undefined);
    sim.faults.stallImports();
    sim.faults.before(describeJob, () => sim.faults.forgetJobs());
    await expect(restore('_forgotten')).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: expect.stringMatching(/Milvus knows no import job \d+/),
    });
    sim.faults.resumeImports();
  });

  it('answers no, or nothing, to questions about imports: they go on', async () => {
    sim.faults.fail(describeJob, 8);
    sim.faults.breakCalls(describeJob, 2);
    expect(await restore('_refused')).toMatchObject({ state: 'success' });
    await expectWhole('_refused');
  });

  it('takes calls and loses their answers: nothing is made twice, and no row comes twice', async () => {
    sim.calls.length = 0;
    const changes = ['CreateCollection', 'CreatePartition', 'CreateIndex', createJob];
    for (const call of changes) sim.faults.loseAnswers(call, 1);
    expect(await restore('_lost')).toMatchObject({ state: 'success' });
    await expectWhole('_lost');
    const lost = sim.calls.filter(({ outcome }) => outcome === 'grpc 14' || outcome === 'http 503');
    expect(lost.map(({ method }) => method)).toEqual(expect.arrayContaining(['CreateCollection', createJob]));
    // A second import could double rows: the collection was made again instead.
    expect(sim.calls.filter(({ method }) => method === 'DropCollection')).toHaveLength(1);
  });

  it('breaks every call of a restore and of a backup once', async () => {
    const used = new Set<string>();
    const breakAll = (): void => {
      for (const method of used) sim.faults.breakCalls(method, 1);
    };
    sim.calls.length = 0;
    await restore('_calm');
    for (const { method } of sim.calls) used.add(method);
    breakAll();
    expect(await restore('_broken')).toMatchObject({ state: 'success' });
    await expectWhole('_broken');

    const backUp = async (name: string) => {
      const service = await openFrom(file);
      try {
        return await service.create({ name, format: 'binlog' });
      } finally {
        await service.close();
      }
    };
    used.clear();
    sim.calls.length = 0;
    await backUp('calm');
    for (const { method, kind } of sim.calls) if (kind !== 'management') used.add(method);
    breakAll();
    expect(await backUp('broken')).toMatchObject({ state: 'success' });
    const told = sim.calls.filter(({ outcome }) => outcome === 'grpc 14' || outcome === 'http 503');
    expect(new Set(told.map(({ method }) => method))).toEqual(used);
  });

  it('goes on after an interruption with the jobs that run', async () => {
    const stop = new AbortController();
    sim.faults.stallImports();
    sim.calls.length = 0;
    sim.faults.before(describeJob, () => stop.abort(new Error('stopped by the test')));
    await expect(restore('_again', stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    const first = created();
    expect(first).toBeGreaterThan(0);
    sim.faults.resumeImports();
    sim.calls.length = 0;
    expect(await restore('_again')).toMatchObject({ state: 'success' });
    const data = sim.calls.filter(
      ({ method, request }) =>
        method === createJob && (request as unknown as JobBody).options.backup === 'true',
    );
    expect(data).toEqual([]);
    await expectWhole('_again');
  });
});

/** A call whose answer is a status and nothing else. */
async function ask(client: MilvusClient, method: string, request: object): Promise<void> {
  const status: object = await promisify(client.channelPool, method, request, 10_000);
  expect(status, method).toMatchObject({ code: 0 });
}

function hasArrays({ fields }: Fixture): boolean {
  return fields.some(({ data_type }) => data_type === DataType.Array);
}
