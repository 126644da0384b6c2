import {
  connectMilvus,
  createFixture,
  type Fixture,
  type MilvusSim,
  type RecordedCall,
  type S3Server,
  scalarsFixture,
  startMilvus,
  startMilvusSim,
  startS3,
  type TempDir,
  tempDir,
  writeBackupYaml,
} from '@milvus-backup/test-support';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBucket, stagedKeys } from './harness/buckets.js';
import { openFrom } from './harness/open.js';
import { expectSameRows } from './harness/rows.js';

/** Oldest first; 2.3 is the real one. */
const lines = ['2.2.16', '2.3.5', '2.4.23', '2.5.20', '2.6.11', '3.0.0'] as const;
type Line = (typeof lines)[number];
const real: Line = '2.3.5';

interface Side {
  readonly file: string;
  readonly client: MilvusClient;
  /** What arrived; the real one does not tell. */
  readonly calls: readonly RecordedCall[];
  readonly bucket: string;
}

const fixtures: readonly Fixture[] = [scalarsFixture({ rows: 60, seed: 5 })];
const sides = new Map<Line, Side>();
const closing: (() => unknown)[] = [];
let dir: TempDir;
let s3: S3Server;

beforeAll(async () => {
  dir = await tempDir();
  closing.push(() => dir.remove());
  s3 = await startS3({ buckets: ['backup-bucket'] });
  closing.push(() => s3.stop());
  await Promise.all(lines.map(async (line) => sides.set(line, await open(line))));
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function open(line: Line): Promise<Side> {
  const bucket = `m-${line.replaceAll('.', '-')}`;
  const storage = { s3, bucket };
  const milvus =
    line === real ? await startMilvus({ storage }) : await startMilvusSim({ version: line, storage });
  closing.push(() => milvus.stop());
  const client = await connectMilvus(milvus);
  closing.push(() => client.closeConnection());
  for (const fixture of fixtures) await createFixture(client, fixture);
  const overrides = { minio: { backupBucketName: 'backup-bucket', backupRootPath: 'backups' } };
  const file = await writeBackupYaml(`${dir.path}/${line}`, { milvus }, overrides);
  const service = await openFrom(file);
  try {
    expect((await service.create({ name: nameOf(line), format: 'binlog' })).state).toBe('success');
  } finally {
    await service.close();
  }
  return { file, client, bucket, calls: 'calls' in milvus ? (milvus as MilvusSim).calls : [] };
}

/** With ids: one that was dropped and made again is another. */
async function collectionsOf(client: MilvusClient): Promise<readonly string[]> {
  return (await client.showCollections()).data.map(({ id, name }) => `${name} ${id}`).sort();
}

const nameOf = (line: Line): string => `of_${line.replaceAll('.', '_')}`;

function sideOf(line: Line): Side {
  const side = sides.get(line);
  if (side === undefined) throw new Error(`there is no Milvus ${line}`);
  return side;
}

const pairs = lines.flatMap((from) => lines.map((to) => ({ from, to })));
const isOlder = ({ from, to }: { from: Line; to: Line }): boolean => lines.indexOf(to) < lines.indexOf(from);

describe('a backup of a Milvus', () => {
  it.each(pairs.filter((pair) => !isOlder(pair)))('$from comes back on $to', async ({ from, to }) => {
    const [source, target] = [sideOf(from), sideOf(to)];
    const suffix = `_${nameOf(from)}`;
    const seen = target.calls.length;
    const service = await openFrom(target.file);
    try {
      const view = await service.restore({
        name: nameOf(from),
        suffix,
        skipAliases: true,
        rebuildIndex: true,
      });
      expect(view).toMatchObject({ state: 'success' });
      expect(view.warnings ?? []).toEqual([]);
    } finally {
      await service.close();
    }
    for (const { db, collection } of fixtures) {
      await expectSameRows(
        { client: source.client, db, collection },
        { client: target.client, db, collection: `${collection}${suffix}` },
      );
    }
    const s3Client = s3.createClient();
    expect(await stagedKeys(openBucket(s3Client, target.bucket))).toEqual([]);
    s3Client.destroy();
    if (to === real) return;
    const used = new Set(target.calls.slice(seen).map(({ method }) => method));
    const byRest = lines.indexOf(to) > lines.indexOf(real);
    expect([used.has('/v2/vectordb/jobs/import/create'), used.has('Import')]).toEqual([byRest, !byRest]);
  });

  it.each(pairs.filter(isOlder))('$from is refused by $to, and nothing is changed', async ({ from, to }) => {
    const { file, client, calls } = sideOf(to);
    const before = await collectionsOf(client);
    const seen = calls.length;
    const service = await openFrom(file);
    try {
      await expect(
        service.restore({ name: nameOf(from), dropExistCollection: true, rbac: true }),
      ).rejects.toMatchObject({ code: 'MILVUS_UNSUPPORTED', message: expect.stringContaining(from) });
    } finally {
      await service.close();
    }
    const asked = calls.slice(seen).map(({ method }) => method);
    expect(asked.filter((method) => method !== 'Connect' && method !== 'ListDatabases')).toEqual([]);
    expect(await collectionsOf(client)).toEqual(before);
  });
});
