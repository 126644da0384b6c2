import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OwnStore, type StoreRequest, startLentStore } from './lent-store.js';

/*
 * Stands in for the control plane of Zilliz Cloud, as far as a migration asks it: `POST /v2/volumes/apply`, which lends a folder of an
 * object store for a while, and `POST /v2/migrations/startByRemote`, which begins an import. Fields after the public API reference
 * ("Apply Volume (V2)", "Migrate from Remote (V2)"); `uploadPath` and `condition` after what pymilvus reads of the answer.
 * The store behind it is a real S3 server, in front of which keys of the cloud's own are checked: signature, session token, time, folder.
 * What it does not imitate: the import itself, projects and their rights, rate limits, the removal of uploads after three days, Google's
 * store. The numbers of its refusals are made up; only that they are not 0 is known.
 */
export interface ZillizCloud {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Calls of the API, in order. */
  readonly calls: readonly CloudCall[];
  /** Requests to the lent store, in order. */
  readonly stored: readonly StoreRequest[];
  /** Imports that were begun. */
  readonly jobs: readonly CloudJob[];
  /** Answers the next call of a path so, instead of doing anything. */
  refuseNext(path: string, status: number, body: unknown): void;
  /** Does what the next call of a path asks for, and breaks the connection instead of an answer. */
  loseNextReply(path: string): void;
  /** What answers say of the volume from now on, in place of the truth. */
  pretend(fields: Readonly<Record<string, unknown>>): void;
  /** All credentials that were lent end now. */
  expireCredentials(): void;
  close(): Promise<void>;
}

export interface CloudCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly status: number;
}

export interface CloudJob {
  readonly id: string;
  readonly clusterId: string;
  readonly stageName: string;
  readonly dataPath: string;
}

export interface ZillizCloudOptions {
  readonly store: OwnStore;
  /** Is there already. */
  readonly bucket: string;
  readonly apiKey: string;
  readonly clusterId: string;
  /** Milliseconds that credentials hold. Default an hour. */
  readonly lifetimeMs?: number;
  /** Bytes of one upload at most. Default none. */
  readonly maxContentLength?: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function startZillizCloud(options: ZillizCloudOptions): Promise<ZillizCloud> {
  const { bucket, clusterId, lifetimeMs = 3_600_000 } = options;
  const lent = await startLentStore(options.store);
  const calls: CloudCall[] = [];
  const jobs: CloudJob[] = [];
  const refusals = new Map<string, Answer>();
  const lost = new Set<string>();
  /** By cluster: without a name, applying makes one for the time being. */
  const volumeName = `volume-of-${clusterId}`;
  let pretended: Readonly<Record<string, unknown>> = {};

  function apply(body: Body): Answer {
    const { path } = body;
    if (body.clusterId !== clusterId) return refusal(40_021, 'the cluster does not exist');
    if (typeof path !== 'string' || path === '') return refusal(40_001, 'path is required');
    const uploadPath = `lent/${volumeName}/${path.replace(/\/$/, '')}/`;
    const credentials = {
      accessKey: `TMP${randomBytes(6).toString('hex')}`,
      secretKey: randomBytes(20).toString('hex'),
      token: randomBytes(24).toString('base64url'),
      folder: `/${bucket}/${uploadPath}`,
      expiresAt: Date.now() + lifetimeMs,
    };
    lent.lend(credentials);
    return success({
      cloud: 'aws',
      region: 'us-east-1',
      endpoint: lent.endpoint,
      bucketName: bucket,
      volumeName,
      volumePrefix: `lent/${volumeName}/`,
      uploadPath,
      condition: { maxContentLength: options.maxContentLength ?? 0 },
      credentials: {
        tmpAK: credentials.accessKey,
        tmpSK: credentials.secretKey,
        sessionToken: credentials.token,
        expireTime: new Date(credentials.expiresAt).toISOString(),
      },
      ...pretended,
    });
  }

  function start({ source, destination }: Body): Answer {
    const { stageName, dataPath } = isObject(source) ? source : {};
    const target = isObject(destination) ? destination.clusterId : undefined;
    if (target !== clusterId) return refusal(40_021, 'the cluster does not exist');
    if (stageName !== volumeName || typeof dataPath !== 'string') return refusal(40_023, 'no such volume');
    const id = `job-${randomBytes(8).toString('hex')}`;
    jobs.push({ id, clusterId, stageName, dataPath });
    return success({ jobId: id });
  }

  const handlers: Readonly<Record<string, (body: Body) => Answer>> = {
    '/v2/volumes/apply': apply,
    '/v2/migrations/startByRemote': start,
  };

  function answer(request: IncomingMessage, path: string, body: Body): Answer {
    const planned = refusals.get(path);
    refusals.delete(path);
    if (planned) return planned;
    if (request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return { status: 401, body: { code: 80_001, message: 'the token is not valid' } };
    }
    const handler = request.method === 'POST' ? handlers[path] : undefined;
    return handler?.(body) ?? { status: 404, body: { code: 404, message: 'no such path' } };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const { status, body } = answer(request, path, isObject(parsed) ? parsed : {});
    const { authorization: _secret, ...headers } = request.headers;
    calls.push({ method: request.method ?? '', path, headers, body: parsed, status });
    if (lost.delete(path)) return void request.socket.destroy();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    stored: lent.seen,
    jobs,
    refuseNext: (path, status, body) => void refusals.set(path, { status, body }),
    loseNextReply: (path) => void lost.add(path),
    pretend: (fields) => {
      pretended = fields;
    },
    expireCredentials: () => lent.expireAll(),
    async close() {
      server.close();
      server.closeAllConnections();
      await Promise.all([once(server, 'close'), lent.close()]);
    },
  };
}

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null;
const success = (data: object): Answer => ({ status: 200, body: { code: 0, data } });
const refusal = (code: number, message: string): Answer => ({ status: 200, body: { code, message } });
