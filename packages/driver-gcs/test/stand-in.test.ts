import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { isBackupError, type StorageDriver, type StorageSection } from '@milvus-backup/core/driver';
import { crc32c } from '@node-rs/crc32';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { sectionFor } from './sections.js';
import { type StandIn, startStandIn } from './stand-in.js';

let store: StandIn;
let folder: string;
const open: StorageDriver[] = [];
beforeEach(async () => {
  store = await startStandIn();
  folder = await mkdtemp(join(tmpdir(), 'gcs-stand-in-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const driver of open.splice(0)) await driver.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function openDriver(changes: Partial<StorageSection> = {}): StorageDriver {
  const section = sectionFor({ port: store.port, options: { anonymous: true, chunkSizeMiB: 1 }, ...changes });
  const driver = driverPlugin.createDriver(section, { env: {}, cwd: folder });
  open.push(driver);
  return driver;
}

async function errorOf(call: Promise<unknown>): Promise<{ code: string; text: string; remedy: string }> {
  try {
    await call;
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return { code: error.code, text: inspect(error, { depth: 10 }), remedy: error.remedy ?? '' };
  }
  return { code: 'resolved', text: '', remedy: '' };
}

const sumOf = (data: Uint8Array): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32c(data));
  return bytes.toString('base64');
};
const resource = (data: Uint8Array, generation = '7') => ({
  name: 'key',
  size: String(data.length),
  generation,
  crc32c: sumOf(data),
});

describe('refusals', () => {
  it.each([
    [401, 'STORAGE_AUTH', 1],
    [403, 'STORAGE_AUTH', 1],
    [429, 'STORAGE_BUSY', 3],
    [503, 'STORAGE_BUSY', 3],
  ])('%i is %s after %i tries', async (status, code, tries) => {
    store.decide = () => ({ status, json: { error: { code: status, message: `told ${status}` } } });
    expect(await errorOf(openDriver().head('key'))).toMatchObject({ code });
    expect(store.seen).toHaveLength(tries);
  });

  it('a store that is busy for a while is waited for', async () => {
    store.decide = () => (store.seen.length < 3 ? { status: 503 } : { json: resource(Buffer.from('x')) });
    expect(await openDriver().head('key')).toMatchObject({ key: 'key', size: 1, etag: '7' });
  });

  it('a write only when absent is not sent again after a failure that may have been carried out', async () => {
    store.decide = () => ({ status: 500 });
    const put = openDriver().put('key', Buffer.from('x'), { ifNoneMatch: '*' });
    expect(await errorOf(put)).toMatchObject({ code: 'STORAGE_BUSY' });
    expect(store.seen).toHaveLength(1);
    expect(store.seen[0]?.query.get('ifGenerationMatch')).toBe('0');
  });
});

describe('copies in several steps', () => {
  const source = resource(Buffer.from('source'), '42');
  it('go on by token, bound to one generation of the source', async () => {
    const driver = openDriver();
    store.decide = ({ method, query }) => {
      if (method === 'GET') return { json: source };
      const step = Number(query.get('rewriteToken') ?? 0);
      return step < 2
        ? { json: { done: false, rewriteToken: String(step + 1) } }
        : { json: { done: true, resource: source } };
    };
    expect(await driver.copyFrom(driver, 'source', 'target', { size: 6 })).toMatchObject({ size: 6 });
    const steps = store.seen.filter(({ method }) => method === 'POST');
    expect(steps.map(({ query }) => query.get('rewriteToken'))).toEqual([null, '1', '2']);
    for (const { query } of steps) expect(query.get('ifSourceGenerationMatch')).toBe('42');
  });

  it('stop between two steps when aborted', async () => {
    const driver = openDriver();
    const controller = new AbortController();
    store.decide = ({ method }) => {
      if (method === 'GET') return { json: source };
      controller.abort();
      return { json: { done: false, rewriteToken: 'more' } };
    };
    const copy = driver.copyFrom(driver, 'source', 'target', { signal: controller.signal });
    expect(await errorOf(copy)).toMatchObject({ code: 'CANCELLED' });
    expect(store.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('checksums', () => {
  it('a download whose bytes are others fails', async () => {
    store.decide = () => ({
      body: 'changed',
      headers: { 'x-goog-generation': '1', 'x-goog-hash': `crc32c=${sumOf(Buffer.from('content'))}` },
    });
    const { body } = await openDriver().get('key');
    expect(await errorOf(buffer(body))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('an upload that arrived with other bytes is taken back by its generation, and fails', async () => {
    store.decide = () => ({ json: resource(Buffer.from('changed'), '9') });
    expect(await errorOf(openDriver().put('key', Buffer.from('content')))).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    expect(store.seen[0]?.body.toString()).toContain(sumOf(Buffer.from('content')));
    expect(store.seen[1]).toMatchObject({ method: 'DELETE', path: '/storage/v1/b/bucket/o/key' });
    expect(store.seen[1]?.query.get('ifGenerationMatch')).toBe('9');
  });

  it('a read that asks for another generation than there is fails', async () => {
    store.decide = () => ({ body: 'new', headers: { 'x-goog-generation': '2' } });
    expect(await errorOf(openDriver().get('key', { ifMatch: '1' }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect(store.seen[0]?.query.get('ifGenerationMatch')).toBe('1');
  });
});

describe('uploads by session', () => {
  const MiB = 1024 * 1024;
  async function* chunks(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(MiB, index);
  }
  const begin = { headers: { location: `http://elsewhere/upload/session?upload_id=planted-session` } };

  it('what the store did not keep goes again, and the last request carries the checksum', async () => {
    const whole = Buffer.concat([0, 1, 2].map((index) => Buffer.alloc(MiB, index)));
    const kept: Buffer[] = [];
    store.decide = ({ method, headers, body }) => {
      if (method === 'POST') return begin;
      const [, from = 0, to = 0, total] =
        /bytes (\d+)-(\d+)\/(.*)/.exec(headers['content-range'] ?? '') ?? [];
      if (total !== '*') {
        kept[Number(from)] = body;
        return { json: resource(whole) };
      }
      const part = kept.length === 0 ? body.subarray(0, MiB / 2) : body;
      kept[Number(from)] = part;
      return { status: 308, headers: { range: `bytes=0-${Number(to) - (body.length - part.length)}` } };
    };
    expect(await openDriver().put('key', chunks(3))).toMatchObject({ size: 3 * MiB });
    expect(Buffer.compare(Buffer.concat(Object.values(kept)), whole)).toBe(0);
    expect(store.seen.at(-1)?.headers['x-goog-hash']).toBe(`crc32c=${sumOf(whole)}`);
  });

  it.each([
    ['of unknown length', {}],
    ['of known length', { size: 20 * MiB }],
  ])('one %s that is aborted is cancelled at the store', async (_name, options) => {
    const controller = new AbortController();
    store.decide = ({ method, headers }) => {
      if (method === 'POST') return begin;
      if (method === 'DELETE') return { status: 499 };
      const to = /-(\d+)\//.exec(headers['content-range'] ?? '')?.[1];
      return { status: 308, headers: { range: `bytes=0-${to}` } };
    };
    async function* body(): AsyncGenerator<Uint8Array> {
      yield* chunks(10);
      controller.abort();
      yield* chunks(10);
    }
    const put = openDriver().put('key', body(), { ...options, signal: controller.signal });
    expect(await errorOf(put)).toMatchObject({ code: 'CANCELLED' });
    // A request that is cut may be seen after the one that follows it.
    const last = store.seen.find(({ method }) => method === 'DELETE');
    expect(last?.path).toBe('/upload/session');
    expect(last?.query.get('upload_id')).toBe('planted-session');
  });

  it('the address of a session is in no error', async () => {
    store.decide = ({ method }) =>
      method === 'POST' ? begin : { status: 400, json: { error: { message: 'no planted?' } } };
    const error = await errorOf(openDriver().put('key', chunks(3)));
    expect(error.text).not.toContain('planted-session');
    expect(error.text).toContain('remains');
  });
});

describe('credentials', () => {
  const byKey = (): Partial<StorageSection> => {
    writeFileSync(join(folder, 'token'), 'planted-subject-token');
    const key = {
      type: 'external_account',
      audience: 'pool',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${store.url}/token`,
      credential_source: { file: join(folder, 'token') },
    };
    return { options: { credentialsJson: JSON.stringify(key), projectId: 'p' } };
  };

  it('an identity of another cloud is exchanged for a token, once', async () => {
    store.decide = ({ path }) =>
      path === '/token'
        ? {
            json: { access_token: 'the-token', expires_in: 3600, token_type: 'Bearer' },
            headers: { 'content-type': 'application/json' },
          }
        : { json: resource(Buffer.from('x')) };
    const driver = openDriver(byKey());
    await driver.head('key');
    await driver.head('key');
    expect(store.seen.filter(({ path }) => path === '/token')).toHaveLength(1);
    expect(store.seen.at(-1)?.headers.authorization).toBe('Bearer the-token');
  });

  it.each([
    ['Invalid JWT: Token must be a short-lived token and in a reasonable timeframe', 'NTP'],
    ['Account not found', 'new key'],
  ])('"%s" names the remedy and no secret', async (told, remedy) => {
    store.decide = () => ({
      status: 400,
      json: { error: 'invalid_grant', error_description: told },
      headers: { 'content-type': 'application/json' },
    });
    const error = await errorOf(openDriver(byKey()).head('key'));
    expect(error.code).toBe('STORAGE_AUTH');
    expect(error.remedy).toContain(remedy);
    expect(error.text).not.toContain('planted');
  });

  it('an identity token that is not there', async () => {
    const changes = byKey();
    rmSync(join(folder, 'token'));
    const error = await errorOf(openDriver(changes).head('key'));
    expect(error).toMatchObject({ code: 'STORAGE_AUTH' });
    expect(error.remedy).toContain('credential_source');
  });

  it('no default credentials, with a metadata server that never answers', async () => {
    vi.stubEnv('HOME', folder);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${store.port}`);
    store.decide = () => undefined;
    const error = await errorOf(openDriver({ options: {} }).head('key'));
    expect(error.code).toBe('STORAGE_AUTH');
    expect(error.remedy).toContain('GOOGLE_APPLICATION_CREDENTIALS');
  }, 60_000);
});
