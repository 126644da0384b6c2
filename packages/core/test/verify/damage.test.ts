import { describe, expect, test } from 'vitest';
import { encodeMetaFile } from '../../src/meta/index.js';
import { type VerifyLevel, verifyLevels } from '../../src/verify/types.js';
import { base, makeVerifyBench, type VerifyBench } from './bench.js';

const pick = (bench: VerifyBench, pattern: RegExp): string => {
  const found = bench.paths.find((path) => pattern.test(path));
  if (found === undefined) throw new Error(`nothing like ${pattern}`);
  return found;
};

const insertLog = (bench: VerifyBench): string => pick(bench, /insert_log.*\/101\/\d+$/);
const deltaLog = (bench: VerifyBench): string => pick(bench, /delta_log/);

async function flip(bench: VerifyBench, path: string): Promise<string> {
  const bytes = await bench.read(path);
  // In a page of values; what else a small binlog holds, such as statistics, nobody reads and no checksum covers.
  const page = bytes.indexOf(Buffer.from('28b52ffd', 'hex'));
  // In a metadata file a value: a key that nobody knows is passed over, as it must be.
  const value = bytes.toString('latin1').search(/\d{6,}|2\.3\.5/);
  const at = page >= 0 ? page + 12 : path.startsWith('meta/') ? value + 2 : Math.trunc(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await bench.write(path, bytes);
  return path;
}

/** Changes bytes behind the store's back: what it tells of the object stays as it was. */
async function rot(bench: VerifyBench, path: string): Promise<string> {
  const bytes = await bench.read(path);
  const at = bytes.length - 200;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await bench.rot(path, bytes);
  return path;
}

async function remove(bench: VerifyBench, path: string): Promise<string> {
  await bench.driver.delete([base + path]);
  return path;
}

async function cut(bench: VerifyBench, path: string): Promise<string> {
  const bytes = await bench.read(path);
  await bench.write(path, bytes.subarray(0, Math.trunc(bytes.length / 2)));
  return path;
}

/** Two objects of equal size change places. */
async function swap(bench: VerifyBench): Promise<string> {
  const one = insertLog(bench);
  const other = bench.paths.find(
    (path) => path !== one && path.endsWith(one.slice(one.lastIndexOf('/101/'))),
  );
  if (other === undefined) throw new Error('no second segment');
  const [a, b] = [await bench.read(one), await bench.read(other)];
  expect(a.length).toBe(b.length);
  await bench.write(one, b);
  await bench.write(other, a);
  return one;
}

/** Rows that nobody has ever had. */
async function forgeRows(bench: VerifyBench): Promise<string> {
  const text = Buffer.from(encodeMetaFile(bench.meta, 'segment_meta.json')).toString('utf8');
  await bench.write(
    'meta/segment_meta.json',
    Buffer.from(text.replace(/"num_of_rows":\d+/, '"num_of_rows":7')),
  );
  return 'meta/segment_meta.json';
}

/** The same lie in all files, which only the data and the manifest contradict. */
async function forgeAllRows(bench: VerifyBench): Promise<string> {
  for (const file of ['segment_meta.json', 'full_meta.json'] as const) {
    const text = Buffer.from(encodeMetaFile(bench.meta, file)).toString('utf8');
    await bench.write(`meta/${file}`, Buffer.from(text.replace(/"num_of_rows":\d+/, '"num_of_rows":7')));
  }
  return pick(bench, /insert_log/);
}

type Damage = (bench: VerifyBench) => Promise<string>;
interface Row {
  readonly damage: Damage;
  /** The first level that sees it, with a manifest and without; `null`: none can. */
  readonly seen: readonly [VerifyLevel | null, VerifyLevel | null];
}

const metaFiles = ['collection', 'partition', 'segment', 'full', 'backup'] as const;

const table: Readonly<Record<string, Row>> = {
  'a byte of an insert log': { damage: (b) => flip(b, insertLog(b)), seen: ['checksum', 'decode'] },
  'a byte of a delta log': { damage: (b) => flip(b, deltaLog(b)), seen: ['checksum', 'decode'] },
  'a byte that the store does not know of': { damage: (b) => rot(b, insertLog(b)), seen: ['read', 'read'] },
  'an insert log that is gone': { damage: (b) => remove(b, insertLog(b)), seen: ['exists', 'exists'] },
  'a delta log that is gone': { damage: (b) => remove(b, deltaLog(b)), seen: ['exists', 'exists'] },
  'an insert log that is cut': { damage: (b) => cut(b, insertLog(b)), seen: ['exists', 'exists'] },
  'two objects that changed places': { damage: swap, seen: ['checksum', 'decode'] },
  'wrong rows in segment_meta.json': { damage: forgeRows, seen: ['meta', 'meta'] },
  'wrong rows in all of the metadata': { damage: forgeAllRows, seen: ['meta', 'decode'] },
  'a byte of the manifest': { damage: (b) => flip(b, 'meta/ts/manifest.ndjson'), seen: ['meta', null] },
  'a manifest that is cut': { damage: (b) => cut(b, 'meta/ts/manifest.ndjson'), seen: ['meta', null] },
  ...Object.fromEntries(
    metaFiles.flatMap((file): [string, Row][] => [
      [
        `a byte of ${file}_meta.json`,
        { damage: (b) => flip(b, `meta/${file}_meta.json`), seen: ['meta', 'meta'] },
      ],
      [
        `a cut ${file}_meta.json`,
        { damage: (b) => cut(b, `meta/${file}_meta.json`), seen: ['meta', 'meta'] },
      ],
    ]),
  ),
  'a missing full_meta.json': { damage: (b) => remove(b, 'meta/full_meta.json'), seen: ['meta', 'meta'] },
  'a missing segment_meta.json': {
    damage: (b) => remove(b, 'meta/segment_meta.json'),
    seen: ['meta', 'meta'],
  },
};

const cases = Object.entries(table).flatMap(([what, { damage, seen }]) =>
  ([true, false] as const).flatMap((manifest) => {
    const first = manifest ? seen[0] : seen[1];
    // A backup without manifest has none that could be damaged.
    if (!manifest && what.includes('manifest')) return [];
    return verifyLevels.map((level) => ({
      what,
      level,
      manifest,
      damage,
      sees: first !== null && verifyLevels.indexOf(level) >= verifyLevels.indexOf(first),
    }));
  }),
);

describe('damage', () => {
  test.each(cases)('$what, level $level, manifest $manifest: found $sees', async (one) => {
    const bench = await makeVerifyBench({ manifest: one.manifest });
    const path = await one.damage(bench);
    const report = await bench.verify({ level: one.level });
    expect(report.ok).toBe(!one.sees);
    if (!one.sees) return expect(report.problems).toEqual([]);
    const named = report.problems.map(({ key }) => key);
    const said = report.problems.map(({ message }) => message).join('\n');
    expect(
      named.includes(path) || said.includes(path.replace('meta/', '')) || one.what.includes('all of'),
      `${named}`,
    ).toBe(true);
  });
});

describe('a whole backup', () => {
  test.each(
    verifyLevels.flatMap((level) =>
      ([true, false] as const).flatMap((manifest) =>
        (['md5', 'opaque'] as const).map((etags) => ({ level, manifest, etags })),
      ),
    ),
  )('passes level $level, manifest $manifest, $etags etags', async ({ level, manifest, etags }) => {
    const bench = await makeVerifyBench({ manifest, etags });
    const report = await bench.verify({ level });
    expect(report).toMatchObject({ ok: true, problems: [], warnings: [], level });
    expect(report.counts).toMatchObject({ collections: 1, segments: 2, objects: bench.paths.length });
    if (level === 'decode') expect(report.counts.objectsDecoded).toBe(bench.paths.length);
  });

  test('may have company, which is a warning', async () => {
    const bench = await makeVerifyBench();
    await bench.write('binlogs/insert_log/1/2/3/4/5', Buffer.from('x'));
    await bench.write(`${insertLog(bench)}9`, Buffer.from('x'));
    await bench.write('notes.txt', Buffer.from('x'));
    await bench.write('meta/ts/run.json', Buffer.from('{}'));
    const report = await bench.verify();
    expect(report).toMatchObject({ ok: true, warningsTotal: 3 });
  });

  test('is read in part, the same part for one seed', async () => {
    const bench = await makeVerifyBench();
    const read = async (subset: string, seed: string) =>
      (await bench.verify({ level: 'read', subset, seed })).counts.objectsRead;
    expect(await read('100%', '')).toBe(bench.paths.length);
    const halves = await Promise.all(['a', 'b', 'c', 'd'].map((seed) => read('1/2', seed)));
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((seed) => read('50%', seed)))).toEqual(halves);
    for (const half of halves) expect(half).toBeLessThan(bench.paths.length);
    for (const wrong of ['0%', '101%', '5', '2/1', '1/0', '-1%', 'x']) {
      await expect(read(wrong, '')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  test('that was moved is proven by reading what has another etag', async () => {
    const bench = await makeVerifyBench({ etags: 'opaque' });
    const path = insertLog(bench);
    await bench.write(path, await bench.read(path));
    expect(await bench.verify()).toMatchObject({ ok: true, warningsTotal: 1 });
    expect(await bench.verify({ level: 'decode' })).toMatchObject({ ok: true });
  });
});

test('names the first problems and counts the others', async () => {
  const bench = await makeVerifyBench();
  await bench.driver.delete(bench.paths.map((path) => base + path));
  const report = await bench.verify({ maxProblems: 3 });
  expect(report.problems).toHaveLength(3);
  expect(report.problemsTotal).toBe(bench.paths.length);
});

test('ends with CANCELLED, whenever it is told to stop', async () => {
  const bench = await makeVerifyBench();
  await expect(bench.verify({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  for (const level of ['exists', 'decode'] as const) {
    const stop = new AbortController();
    const get = bench.driver.get.bind(bench.driver);
    const list = bench.driver.list.bind(bench.driver);
    bench.driver.list = (...call) => {
      if (level === 'exists') stop.abort();
      return list(...call);
    };
    bench.driver.get = (key, options) => {
      if (key.includes('/binlogs/')) stop.abort();
      return get(key, options);
    };
    await expect(bench.verify({ level }, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    Object.assign(bench.driver, { get, list });
  }
});

test('ends with an error for what is no backup', async () => {
  const bench = await makeVerifyBench();
  await expect(bench.verify({ name: 'c' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  await expect(bench.verify({ name: '../c' })).rejects.toMatchObject({ code: 'INVALID_BACKUP_NAME' });
});
