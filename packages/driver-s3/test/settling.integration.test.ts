import { setTimeout as wait } from 'node:timers/promises';
import { ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { isBackupError, type StorageDriver } from '@milvus-backup/core/driver';
import { type S3Server, startS3 } from '@milvus-backup/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { sectionOf } from './sections.js';

const bucket = 'settling';
const MiB = 1024 * 1024;
let server: S3Server;
let client: S3Client;
let proxy: FaultProxy;
let driver: StorageDriver;

beforeAll(async () => {
  server = await startS3({ buckets: [bucket] });
  client = server.createClient();
});
afterAll(async () => {
  client?.destroy();
  await server?.stop();
});
beforeEach(async () => {
  proxy = await startFaultProxy(server);
  driver = driverPlugin.createDriver(
    { ...sectionOf(server, bucket), port: proxy.port },
    { env: {}, cwd: '/' },
  );
  await driver.put('source', Buffer.alloc(12 * MiB, 'source'));
});
afterEach(async () => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  await driver.delete(Contents.map((object) => object.Key ?? ''));
  await driver.close();
  await proxy.close();
});

/** What the server has, asked past the proxy: keys, and uploads that are not finished. */
async function contents(): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return [...Contents.map(({ Key }) => `object ${Key}`), ...Uploads.map(({ Key }) => `upload of ${Key}`)];
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function createGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

interface HeldRequest {
  readonly arrival: Gate;
  readonly release: Gate;
  readonly answer: Gate;
}

/** The first request that fits is kept from the server until it is released. */
function hold(fits: (line: string) => boolean, takesBody = true): HeldRequest {
  const [arrival, release, answer] = [createGate(), createGate(), createGate()];
  let held = false;
  proxy.decide = (method, path) => {
    if (held || !fits(`${method} ${path}`)) return undefined;
    held = true;
    const events = { arrived: arrival.open, answered: answer.open, released: release.passed };
    return { kind: 'hold', hold: { takesBody, ...events } };
  };
  return { arrival, release, answer };
}

interface Outcome {
  readonly code: string;
  readonly contents: readonly string[];
}

/** How a call ended, and what the server had at that moment. */
async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  const code = await call.then(
    () => 'resolved',
    (error: unknown) => (isBackupError(error) ? error.code : String(error)),
  );
  return { code, contents: await contents() };
}

type Call = (signal: AbortSignal) => Promise<unknown>;

const bytes = (size: number): Uint8Array => Buffer.alloc(size, 'content');
async function* slowly(size: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < size; sent += MiB) yield bytes(MiB);
}
const copy =
  (multipartThreshold?: number): Call =>
  (signal) =>
    driver.copyFrom(driver, 'source', 'target', {
      size: 12 * MiB,
      signal,
      ...(multipartThreshold === undefined ? {} : { multipartThreshold }),
    });
const put =
  (size: number, known = true): Call =>
  (signal) =>
    driver.put('target', slowly(size), { signal, ...(known ? { size } : {}) });

const isPut = (line: string): boolean => line.startsWith('PUT /settling/target?');
const isEnd = (line: string): boolean => line.startsWith('POST ') && line.includes('?uploadId=');
const isPart = (line: string): boolean => line.startsWith('PUT ') && line.includes('partNumber=1&');

const held: readonly (readonly [string, (line: string) => boolean, Call, string])[] = [
  ['a copy', isPut, copy(), 'resolved'],
  ['a part of a copy by ranges', isPart, copy(1), 'CANCELLED'],
  ['the end of a copy by ranges', isEnd, copy(1), 'resolved'],
  ['a put of a few bytes', isPut, (signal) => driver.put('target', bytes(9), { signal }), 'resolved'],
  ['a put of unknown length', isPut, put(2 * MiB, false), 'resolved'],
  ['a put that streams', isPut, put(10 * MiB), 'resolved'],
  ['a part of a put', isPart, put(20 * MiB, false), 'CANCELLED'],
  ['the end of a put by parts', isEnd, put(20 * MiB, false), 'resolved'],
  [
    'a delete',
    (line) => line.startsWith('POST '),
    (signal) => driver.delete(['source'], { signal }),
    'resolved',
  ],
];

describe('aborted when the server has all of the request, and no answer has come yet', () => {
  it.each(held)('%s: nothing happens after it settled', async (what, fits, call, code) => {
    const request = hold(fits);
    const controller = new AbortController();
    const outcome = outcomeOf(call(controller.signal));
    await request.arrival.passed;
    controller.abort();
    // Time for a driver that does not wait to settle, and for its outcome to be seen.
    await Promise.race([outcome, wait(300)]);
    request.release.open();
    await request.answer.passed;
    expect((await outcome).code).toBe(code);
    expect(await contents()).toEqual((await outcome).contents);
    expect((await outcome).contents.includes('object target')).toBe(
      code === 'resolved' && !what.includes('delete'),
    );
    expect((await outcome).contents.filter((line) => line.startsWith('upload'))).toEqual([]);
  });
});

describe('aborted while bytes are held back', () => {
  it.each([
    ['a put that streams', isPut, put(64 * MiB)],
    ['a part of a put', isPart, put(64 * MiB, false)],
  ] as const)('%s: is cut at once, and nothing is left', async (_what, fits, call) => {
    const request = hold(fits, false);
    const controller = new AbortController();
    const outcome = outcomeOf(call(controller.signal));
    await request.arrival.passed;
    controller.abort();
    expect(await outcome).toEqual({ code: 'CANCELLED', contents: ['object source'] });
    request.release.open();
    await request.answer.passed;
    expect(await contents()).toEqual(['object source']);
  });

  it('a body of a wrong length, announced and streamed, fails the put', async () => {
    const short = driver.put('target', slowly(9 * MiB), { size: 10 * MiB });
    expect(await outcomeOf(short)).toEqual({ code: 'INVALID_ARGUMENT', contents: ['object source'] });
    const long = driver.put('target', slowly(11 * MiB), { size: 10 * MiB });
    expect(await outcomeOf(long)).toEqual({ code: 'INVALID_ARGUMENT', contents: ['object source'] });
  });
});

it('a request that failed is not sent again after an abort', async () => {
  const controller = new AbortController();
  proxy.decide = (method) => {
    if (method !== 'PUT') return undefined;
    controller.abort();
    return { kind: 'answer', status: 503, code: 'SlowDown' };
  };
  expect(await outcomeOf(copy()(controller.signal))).toEqual({
    code: 'CANCELLED',
    contents: ['object source'],
  });
  expect(proxy.seen.filter(isPut)).toHaveLength(1);
});
