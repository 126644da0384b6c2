import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupService } from '@milvus-backup/core';
import {
  type ConfigTree,
  connectMilvus,
  createFixture,
  documentsFixture,
  type Fixture,
  type MilvusServer,
  type S3Server,
  scalarsFixture,
  startMilvus,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument, startCommand } from './harness/binary.js';
import { openBucket, stagedKeys } from './harness/buckets.js';
import { openFrom, recordingLogger } from './harness/open.js';
import { type Place, placeKinds } from './harness/places.js';
import { expectSameRows } from './harness/rows.js';

/** A Milvus with one collection, which is all that it has between two tests. */
interface Side {
  readonly milvus: MilvusServer;
  readonly client: MilvusClient;
  readonly fixture: Fixture;
  /** What restores put beside the data for Milvus to import. */
  staged(): Promise<string[]>;
}

const sides = ['S3', 'a disk'] as const;
type SideName = (typeof sides)[number];

let dir: TempDir;
let s3: S3Server;
let both: Readonly<Record<SideName, Side>>;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  dir = await tempDir();
  closing.push(() => dir.remove());
  s3 = await startS3({ buckets: ['a-bucket', 'backup-bucket'] });
  closing.push(() => s3.stop());
  const s3Client = s3.createClient();
  closing.push(() => s3Client.destroy());
  const size = { rows: 200, seed: 21 };
  const start = async (
    storage: Parameters<typeof startMilvus>[0]['storage'],
    fixture: Fixture,
    staged: (milvus: MilvusServer) => Promise<string[]>,
  ): Promise<Side> => {
    const milvus = await startMilvus({ storage });
    closing.push(() => milvus.stop());
    const client = await connectMilvus(milvus);
    closing.push(() => client.closeConnection());
    await createFixture(client, fixture);
    // Stays loaded: it is compared with again and again.
    await client.loadCollectionSync({ collection_name: fixture.collection, db_name: fixture.db });
    return { milvus, client, fixture, staged: () => staged(milvus) };
  };
  const data = openBucket(s3Client, 'a-bucket');
  const [onS3, onDisk] = await Promise.all([
    start({ s3, bucket: 'a-bucket' }, { ...scalarsFixture(size), aliases: [] }, () => stagedKeys(data)),
    start({ local: true }, { ...documentsFixture({ ...size, db: 'other' }), aliases: [] }, stagedFolders),
  ]);
  both = { S3: onS3, 'a disk': onDisk };
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function stagedFolders({ storage }: MilvusServer): Promise<string[]> {
  if (storage.kind !== 'local') throw new Error('this Milvus was to keep its data on disk');
  return (await readdir(storage.path)).filter((name) => name.startsWith('restore-temp-'));
}

/** A service between one Milvus and one place, closed at the end of the test, and what it warns of. */
async function open(side: Side, place: Place): Promise<{ service: BackupService; warnings: string[] }> {
  const cwd = await tempDir();
  const file = await writeBackupYaml(cwd.path, { milvus: side.milvus }, { minio: place.v1 });
  const logger = recordingLogger();
  const service = await openFrom(file, [], logger);
  onTestFinished(async () => {
    await service.close();
    await cwd.remove();
  });
  return { service, warnings: logger.warnings };
}

/** The rows of a fixture in a Milvus under a suffix, the collection gone afterwards, and what was staged for it. */
async function expectRestored(source: Side, target: Side, suffix: string): Promise<void> {
  const { db, collection } = source.fixture;
  const restored = { client: target.client, db, collection: `${collection}${suffix}` };
  await expectSameRows({ client: source.client, db, collection }, restored);
  await target.client.dropCollection({ collection_name: restored.collection, db_name: db });
  expect(await target.staged()).toEqual([]);
}

/** Files as a user writes them: the Go tool's schema for Azure, the newer one for Google's store. */
const byCommand: Readonly<
  Record<string, { readonly on: SideName; write(folder: string, side: Side, place: Place): Promise<unknown> }>
> = {
  Azure: {
    on: 'a disk',
    write: (folder, { milvus }, place) => writeBackupYaml(folder, { milvus }, { minio: place.v1 }),
  },
  GCS: { on: 'S3', write: writeSecondSchema },
};

async function writeSecondSchema(folder: string, { milvus }: Side, place: Place): Promise<void> {
  const { storage } = milvus;
  if (storage.kind !== 's3') throw new Error('this Milvus was to keep its data in S3');
  const { address, port, bucket: bucketName, rootPath } = storage;
  const auth = { type: 'static', accessKeyID: storage.accessKey, secretAccessKey: storage.secretKey };
  const config: ConfigTree = {
    configVersion: 'v2',
    log: { file: { path: '' } },
    milvus: {
      grpc: { address: milvus.address, port: milvus.port },
      management: { endpoint: `http://${milvus.address}:${milvus.managementPort}` },
      storage: { provider: 'minio', address, port, bucketName, rootPath, auth },
    },
    backup: { storage: place.v2 },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'backup.yaml'), JSON.stringify(config), { mode: 0o600 });
}

describe.each(placeKinds.map((kind) => [kind.name, kind] as const))('backups in %s', (_name, kind) => {
  let place: Place;

  beforeAll(async () => {
    place = await kind.open(s3, dir.path);
  });

  afterAll(() => place?.stop());

  it.each(sides)('of a Milvus on %s, restored into it and into the other', async (name) => {
    const [side, other] = name === 'S3' ? [both.S3, both['a disk']] : [both['a disk'], both.S3];
    const { db, collection } = side.fixture;
    const [here, there] = await Promise.all([open(side, place), open(other, place)]);
    const { service } = here;
    expect((await service.create({ name: 'b1' })).state).toBe('success');
    const kept = new Set(await place.keys());
    expect([...kept].filter((key) => key.startsWith(`${place.prefix}b1/binlogs/`))).not.toEqual([]);
    expect([...kept].filter((key) => !key.startsWith(`${place.prefix}b1/`))).toEqual([]);
    expect((await service.list()).map((one) => one.name)).toEqual(['b1']);
    const { meta } = await service.get({ name: 'b1' });
    expect(meta.collection_backups).toMatchObject([{ db_name: db, collection_name: collection }]);

    const request = { name: 'b1', rebuildIndex: true };
    const views = await Promise.all([
      service.restore({ ...request, suffix: '_back' }),
      there.service.restore({ ...request, suffix: '_moved' }),
    ]);
    expect(views.map((view) => view.state)).toEqual(['success', 'success']);
    await Promise.all([expectRestored(side, side, '_back'), expectRestored(side, other, '_moved')]);
    // What a restore writes into the backup's folder is its own record, nothing else.
    const added = (await place.keys()).filter((key) => !kept.has(key));
    expect(added.filter((key) => !key.startsWith(`${place.prefix}b1/meta/ts/restore`))).toEqual([]);
    // Not after the delete: SeaweedFS goes on to show the empty folder for a while, of which `list` warns.
    expect([...here.warnings, ...there.warnings]).toEqual([]);

    await service.delete('b1');
    expect(await place.keys()).toEqual([]);
    expect(await service.list()).toEqual([]);
  });

  const command = byCommand[kind.name];
  if (command === undefined) return;
  it(`by the command, of a Milvus on ${command.on}`, async () => {
    const side = both[command.on];
    const cwd = await tempDir();
    onTestFinished(() => cwd.remove());
    await command.write(cwd.path, side, place);
    const run = async (...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await startCommand({ cwd: cwd.path }, ...args);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      return stdout;
    };
    expect(await run('create', '-n', 'by_hand')).toMatch(/^create backup success\n/);
    expect(await run('list')).toBe('>> Backups:\nby_hand');
    expect(parseDocument(await run('get', '-n', 'by_hand'))).toMatchObject({
      name: 'by_hand',
      collection_backups: [{ collection_name: side.fixture.collection }],
    });
    await run('restore', '-n', 'by_hand', '-s', '_typed', '--rebuild_index');
    await expectRestored(side, side, '_typed');
    expect(await run('delete', '-n', 'by_hand')).toBe('delete backup done');
    expect(await place.keys()).toEqual([]);
  });
});
