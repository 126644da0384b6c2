import { z } from '@hono/zod-openapi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstJsonValue } from '../src/first-json-value.js';
import { matchKeys } from '../src/match-keys.js';
import { setUp } from './set-up.js';

describe('firstJsonValue', () => {
  test.each([
    ['', ''],
    ['  \n', ''],
    ['{}', '{}'],
    [' {"a":1} {"b":2}', '{"a":1}'],
    ['{"a":"}"}x', '{"a":"}"}'],
    ['{"a":"\\"}"}x', '{"a":"\\"}"}'],
    ['[1,[2]] 3', '[1,[2]]'],
    ['"text" more', '"text"'],
    ['null more', 'null'],
    ['12', '12'],
    ['{"a":', '{"a":'],
  ])('of %j is %j', (text, value) => {
    expect(firstJsonValue(text)).toBe(value);
  });

  test('is the value itself, whatever follows it', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, rest) => {
        expect(JSON.parse(firstJsonValue(`${json} ${rest}`))).toEqual(JSON.parse(json));
      }),
    );
  });
});

describe('matchKeys', () => {
  const schema = z.object({
    backup_name: z.string().optional(),
    names: z.array(z.string()).optional(),
    filter: z.record(z.string(), z.object({ colls: z.array(z.string()).optional() })).optional(),
  });

  test.each([
    [{ Backup_Name: 'b1' }, { backup_name: 'b1' }],
    [{ backup_name: 'b1', BACKUP_NAME: 'b2' }, { backup_name: 'b2' }],
    [{ backup_name: 'b1', BACKUP_NAME: null }, { backup_name: 'b1' }],
    [{ other: 1, backup_name: null }, {}],
    [{ names: ['a', null] }, { names: ['a', ''] }],
    [{ filter: { DB: { COLLS: ['c'] }, db2: null } }, { filter: { DB: { colls: ['c'] }, db2: {} } }],
    [{ filter: 'text' }, { filter: 'text' }],
    [['list'], ['list']],
  ])('%j becomes %j', (given, matched) => {
    expect(matchKeys(given, schema)).toEqual(matched);
  });
});

describe('bodies', () => {
  test.each([
    '{bad',
    '[]',
    '',
    '"text"',
    '3',
    'true',
    '{"async":"true"}',
    '{"backup_name":1}',
    '{"filter":[]}',
  ])('create refuses %j with the one text of the Go tool', async (body) => {
    const { app, service } = await setUp();
    const reply = await app.request('/api/v1/create', { method: 'POST', body });
    expect(reply.status).toBe(400);
    expect(await reply.text()).toBe('{"error":"Invalid request body"}');
    expect(service.created).toEqual([]);
  });

  test.each(['/api/v1/restore', '/api/v1/restore_secondary'])(
    '%s says what is wrong with the body',
    async (path) => {
      const { app } = await setUp();
      const send = async (body: string): Promise<[number, unknown]> => {
        const reply = await app.request(path, { method: 'POST', body });
        return [reply.status, await reply.json()];
      };
      expect(await send('')).toEqual([400, { error: 'invalid request body: EOF' }]);
      expect(await send('{bad')).toEqual([400, { error: expect.stringMatching(/^invalid request body: ./) }]);
      expect(await send('[]')).toEqual([
        400,
        { error: expect.stringMatching(/^invalid request body: body: .*object/) },
      ]);
      expect(await send('{"ASYNC":"true"}')).toEqual([
        400,
        { error: expect.stringMatching(/^invalid request body: async: .*boolean/) },
      ]);
    },
  );

  test('keys in any case, unknown keys, nulls, trailing bytes and any content type are taken', async () => {
    const { app, service } = await setUp();
    const body = '{"Backup_Name":"b1","ASYNC":true,"nonsense":{"a":[]},"rbac":null} trailing';
    const headers = { 'content-type': 'application/x-www-form-urlencoded', request_id: 'r1' };
    const reply = await app.request('/api/v1/create', { method: 'POST', body, headers });
    expect(await reply.text()).toBe(
      '{"requestId":"r1","msg":"create backup is executing asynchronously","data":null}',
    );
    expect(service.created).toEqual([expect.objectContaining({ name: 'b1' })]);
  });

  test('a body of more than 16 MiB is not read', async () => {
    const { app } = await setUp();
    const body = `{"backup_name":"${'a'.repeat(17 * 1024 * 1024)}"}`;
    const reply = await app.request('/api/v1/create', { method: 'POST', body });
    expect(reply.status).toBe(413);
  });

  test('no body whatever is answered with 500', async () => {
    const keys = [
      'backup_name',
      'async',
      'filter',
      'db_collections',
      'collection_names',
      'strategy',
      'restorePlan',
    ];
    const moreKeys = [
      'collection_renames',
      'collection_suffix',
      'skipParams',
      'id',
      'requestId',
      'ezkMapping',
    ];
    const key = fc.oneof(fc.constantFrom(...keys, ...moreKeys), fc.string());
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('b1', '_a', true, ['a.b.c'], { db: { colls: ['*'] } }),
    );
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(key, value).map((object) => JSON.stringify(object)),
    );
    const path = fc.constantFrom('/api/v1/create', '/api/v1/restore', '/api/v1/restore_secondary');
    const { app } = await setUp();
    await fc.assert(
      fc.asyncProperty(path, body, async (to, text) => {
        const reply = await app.request(to, { method: 'POST', body: text });
        expect([200, 400]).toContain(reply.status);
        expect(await reply.json()).toBeTypeOf('object');
      }),
      { numRuns: 500 },
    );
  });
});
