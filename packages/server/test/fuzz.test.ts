import { silentLogger } from '@milvus-backup/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeServiceBench } from '../../core/test/service/bench.js';
import { type App, createApp } from '../src/index.js';
import { routesV1 } from '../src/routes-v1.js';
import { routesV2 } from '../src/v2/routes.js';
import { addBackup, type SetUp, setUp } from './set-up.js';

/** Statuses that are an answer: what is wrong was told, nothing failed unforeseen. */
const answers = new Set([200, 202, 204, 301, 307, 400, 404, 405, 409, 413, 422]);
/** Of requests that mean something which is not supported. */
const unsupported = 501;

const names = [
  ...[
    'backup_name',
    'requestId',
    'id',
    'async',
    'filter',
    'collection_names',
    'db_collections',
    'strategy',
    'path',
  ],
  ...[
    'restorePlan',
    'collection_renames',
    'collection_suffix',
    'skipParams',
    'db_collections_after_rename',
    'on_missing',
  ],
  ...[
    'name',
    'plan',
    'rename',
    'targetFilter',
    'onMissing',
    'to',
    'from',
    'as',
    'mapping',
    'colls',
    'source',
    'target',
  ],
  ...[
    'sourceClusterID',
    'targetClusterID',
    'format',
    'maxShardNum',
    'suffix',
    'cursor',
    'limit',
    'backup_id',
    'download',
  ],
  ...['__proto__', 'constructor', 'toString', ''],
];
const text = fc.oneof(
  fc.constantFrom(
    'b1',
    '*',
    'default',
    'db.*',
    'a.b.c',
    '..',
    '\u0000',
    '_x',
    'offsite',
    'true',
    '-1',
    '1e99',
    '{}',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.double(),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), text), tie('value'), { maxKeys: 5 }),
  ),
}));
const body = fc.oneof(
  { weight: 8, arbitrary: anyValue.map((value) => JSON.stringify(value) ?? '') },
  {
    weight: 8,
    arbitrary: fc
      .dictionary(fc.constantFrom(...names), anyValue, { maxKeys: 6 })
      .map((fields) => JSON.stringify({ backup_name: 'b1', ...fields })),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.json().map((json) => json.slice(0, -1)) },
);
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...names), text), text), { maxLength: 4 })
  .map((pairs) => {
    const made = new URLSearchParams();
    for (const [key, value] of pairs) made.append(key, value);
    return made;
  });

/** The parts of a path are any text, too. */
const pathOf = (path: string, part: string): string => path.replaceAll(/\{\w+\}/g, encodeURIComponent(part));

async function withBackup(): Promise<SetUp> {
  const api = await setUp();
  await addBackup(api, 'b1', 'made');
  return api;
}

const calls = [...routesV1, ...routesV2].map(({ method, path }) => ({ method: method.toUpperCase(), path }));

describe.each(calls)('$method $path', ({ method, path }) => {
  let api: SetUp;
  beforeAll(async () => {
    api = await withBackup();
  });

  test('answers whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant('b1'), text), query, body, async (part, asked, sent) => {
        // What an earlier one has begun is no job to wait for
        for (const [id, run] of api.service.runs) if (run.endedAt === 0) api.service.finish(id, 'success');
        const reply = await api.app.request(`http://h${pathOf(path, part)}?${asked}`, {
          method,
          ...(method === 'POST' ? { body: sent } : {}),
        });
        await reply.text();
        const told = reply.status === unsupported || answers.has(reply.status);
        expect(told, `status ${reply.status}`).toBe(true);
        expect(api.log.filter(({ level }) => level === 'error')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test('the parsers of core stand behind it, too', async () => {
  const app = await makeRealApp();
  const posts = calls.filter(({ method, path }) => method === 'POST' && !path.includes('check'));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...posts), body, async ({ path }, sent) => {
      const reply = await app.request(pathOf(path, 'b1'), { method: 'POST', body: sent });
      const answer = await reply.text();
      expect([500, 502, 503]).not.toContain(reply.status);
      expect(answer).not.toContain('INTERNAL');
    }),
    { numRuns: 300 },
  );
});

/** The whole of core over stores in memory; nothing matches there, so no run goes far. */
async function makeRealApp(): Promise<App> {
  const bench = await makeServiceBench('a-bucket');
  await bench.milvus.add('parts', 3);
  const service = bench.open();
  await service.create({ name: 'b1' });
  return createApp({ service, logger: silentLogger, version: '1' });
}
