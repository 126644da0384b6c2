import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/log.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';
import { jobNumber, toJobState } from '../../src/milvus/import-jobs.js';
import { createMilvusGateway } from '../../src/milvus/index.js';
import { thrownBy } from '../driver/thrown-by.js';
import { makeCertificate } from './certificate.js';
import { startFakeMilvus } from './fake-milvus.js';
import { greetings } from './gateway-fixture.js';

interface Seen {
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

type Answer = { readonly status?: number; readonly text: string } | 'break';

/** Milvus's gRPC, and beside it a REST API that says what a test wants, one answer after another. */
async function open(answers: readonly Answer[]): Promise<{ gateway: MilvusGateway; seen: Seen[] }> {
  const seen: Seen[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part.toString();
    });
    request.on('end', () => {
      seen.push({ path: request.url ?? '', body: JSON.parse(text), headers: request.headers });
      const answer = left.length > 1 ? left.shift() : left[0];
      if (answer === undefined || answer === 'break') request.socket.destroy();
      else response.writeHead(answer.status ?? 200).end(answer.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const milvus = await startFakeMilvus(greetings('v2.6.11'));
  onTestFinished(() => {
    milvus.close();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { gateway: restGateway(milvus.port, `http://127.0.0.1:${port}/`), seen };
}

function restGateway(port: number, endpoint: string): MilvusGateway {
  const grpc = {
    address: '127.0.0.1',
    port,
    tlsMode: 'disabled',
    caCertPath: '',
    serverName: '',
    mtlsCertPath: '',
    mtlsKeyPath: '',
  } as const;
  const gateway = createMilvusGateway(
    { user: 'root', password: 'a:b', grpc, rest: { endpoint } },
    {
      logger: silentLogger,
      identity: { user: 'tester', host: 'here' },
      version: '1.2.3',
      readFile: () => Promise.reject(new Error('there are no files')),
    },
  );
  onTestFinished(() => gateway.close());
  return gateway;
}

const at = { database: 'db2', collection: 'a' };
const input = {
  partition: 'p',
  folders: [
    ['i/1/', 'd/1/'],
    ['i/2/', ''],
  ],
  isL0: false,
  storageVersion: 2n,
  ezk: 'key',
  endTimestamp: 470635149252362241n,
};
const ok = (data: object) => ({ text: JSON.stringify({ code: 0, data }) });

describe('a job of REST', () => {
  it('is asked for with all folders, options as texts, the database in the body', async () => {
    const { gateway, seen } = await open([ok({ jobId: '470635130682481644' })]);
    const id = await gateway.startImportJob(at, input);
    expect(jobNumber(id)).toBe('470635130682481644');
    expect(seen).toMatchObject([
      {
        path: '/v2/vectordb/jobs/import/create',
        body: {
          dbName: 'db2',
          collectionName: 'a',
          partitionName: 'p',
          files: [['i/1/', 'd/1/'], ['i/2/']],
          options: {
            skip_disk_quota_check: 'true',
            backup: 'true',
            end_ts: '470635149252362241',
            storage_version: '2',
            ezk: 'key',
          },
        },
        headers: { authorization: 'Bearer root:a:b', 'request-timeout': '600' },
      },
    ]);
  });

  it('of L0 of all partitions names none', async () => {
    const { gateway, seen } = await open([ok({ jobId: 7 })]);
    const l0 = { partition: '', folders: [['d/']], isL0: true, storageVersion: 0n, ezk: '' };
    expect(await gateway.startImportJob(at, l0)).toBe('rest:7');
    expect(seen[0]?.body).toEqual({
      dbName: 'db2',
      collectionName: 'a',
      files: [['d/']],
      options: { skip_disk_quota_check: 'true', l0_import: 'true' },
    });
  });

  it('keeps every digit of an id that is a number', async () => {
    const { gateway } = await open([{ text: '{"code":0,"data":{"jobId":470635130682481644}}' }]);
    expect(await gateway.startImportJob(at, input)).toBe('rest:470635130682481644');
  });

  it('is asked for once only when the connection breaks, for it may have been taken', async () => {
    const { gateway, seen } = await open(['break']);
    const error = await thrownBy(() => gateway.startImportJob(at, input));
    expect(error).toMatchObject({ code: 'MILVUS_UNREACHABLE', retryable: true });
    expect(error.remedy).toContain('milvus.rest.endpoint');
    expect(seen).toHaveLength(1);
  });

  it('is asked for again when Milvus limits the rate', async () => {
    const limited = { text: '{"code":1807,"message":"request is rejected by limiter"}' };
    const full = {
      text: '{"code":2101,"message":"The number of jobs has reached the limit, please try again"}',
    };
    const { gateway, seen } = await open([
      limited,
      { status: 429, text: 'slow down' },
      full,
      ok({ jobId: '7' }),
    ]);
    expect(await gateway.startImportJob(at, input)).toBe('rest:7');
    expect(seen).toHaveLength(4);
  });

  it.each([
    [{ status: 404, text: '404 page not found' }, 'MILVUS_UNSUPPORTED', /404 page not found/],
    [{ status: 401, text: 'no' }, 'MILVUS_AUTH', /refused/],
    [{ text: '{"code":1800,"message":"user hasn\'t authenticated"}' }, 'MILVUS_AUTH', /authenticated/],
    [{ text: '{"code":100,"message":"collection not found"}' }, 'COLLECTION_NOT_FOUND', /db2\.a/],
    [{ text: '{"code":1100,"message":"bad files"}' }, 'MILVUS_ERROR', /bad files/],
    [{ status: 400, text: '{"code":1100,"message":"bad files"}' }, 'MILVUS_ERROR', /bad files/],
    [{ status: 500, text: '{"code":100,"message":"gone"}' }, 'COLLECTION_NOT_FOUND', /gone/],
    [{ status: 503, text: 'upstream' }, 'MILVUS_UNREACHABLE', /HTTP status 503: upstream/],
    [{ text: '<html>' }, 'MILVUS_ERROR', /is not Milvus's REST API/],
    [ok({}), 'MILVUS_ERROR', /gave no id/],
  ] as const)('refused with %j is %s', async (answer, code, message) => {
    const { gateway } = await open([answer]);
    const error = await thrownBy(() => gateway.startImportJob(at, input));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('its state', () => {
  it('is asked for by number; a broken connection is no end', async () => {
    const { gateway, seen } = await open(['break', ok({ state: 'Importing', progress: 70 })]);
    expect(await gateway.importState(at, 'rest:470635130682481644')).toEqual({
      status: 'running',
      percent: 70,
      rows: null,
      reason: '',
    });
    expect(seen[1]).toMatchObject({
      path: '/v2/vectordb/jobs/import/describe',
      body: { dbName: 'db2', jobId: '470635130682481644' },
    });
  });

  it.each([2100, 2101, 65535])(
    'of one that Milvus does not know is a failure with a reason (%i)',
    async (code) => {
      const { gateway } = await open([
        {
          text: JSON.stringify({
            code,
            message: 'importing data failed: import job does not exist, jobID=7',
          }),
        },
      ]);
      expect(await gateway.importState(at, 'rest:7')).toMatchObject({
        status: 'failed',
        reason: 'Milvus knows no import job 7',
      });
    },
  );

  it.each([
    [{ state: 'Completed', progress: 100, importedRows: 5 }, 'completed', 100, 5, ''],
    [{ state: 'Completed' }, 'completed', 100, null, ''],
    [{ state: 'Pending' }, 'running', 0, null, ''],
    [{ state: 'Importing', progress: 250 }, 'running', 100, null, ''],
    [{ state: '' }, 'running', 0, null, ''],
    [null, 'running', 0, null, ''],
    [{ state: 'Failed', reason: 'no binlog', progress: 3 }, 'failed', 3, null, 'no binlog'],
    [{ state: 'Failed' }, 'failed', 0, null, 'Milvus gave no reason'],
  ])('%j is %s', (data, status, percent, rows, reason) => {
    expect(toJobState(data)).toEqual({ status, percent, rows, reason });
  });
});

describe('REST over TLS', () => {
  it('checks the certificate, and sends credentials of any characters', async () => {
    const { certificate, key } = makeCertificate();
    const headers: IncomingHttpHeaders[] = [];
    const server = createSecureServer({ cert: certificate, key }, (request, response) => {
      headers.push(request.headers);
      request.resume().on('end', () => response.end('{"code":0,"data":{"jobId":"7"}}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const secure = ServerCredentials.createSsl(null, [{ cert_chain: certificate, private_key: key }]);
    const milvus = await startFakeMilvus(greetings('v2.6.11'), secure);
    onTestFinished(() => {
      milvus.close();
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const rest = { endpoint: `https://localhost:${typeof address === 'object' ? address?.port : 0}` };
    const grpc = { address: 'localhost', port: milvus.port, tlsMode: 'server', serverName: '' } as const;
    const open = (trusted: Buffer): MilvusGateway => {
      const gateway = createMilvusGateway(
        {
          user: 'rööt',
          password: 'pä:ss→',
          grpc: { ...grpc, caCertPath: 'ca.pem', mtlsCertPath: '', mtlsKeyPath: '' },
          rest,
        },
        {
          logger: silentLogger,
          identity: { user: 'tester', host: 'here' },
          version: '1.2.3',
          readFile: async (path) => (path === 'ca.pem' ? trusted : Promise.reject(new Error(`no ${path}`))),
        },
      );
      onTestFinished(() => gateway.close());
      return gateway;
    };
    expect(await open(certificate).startImportJob(at, input)).toBe('rest:7');
    const [sent = ''] = headers.map((one) => one.authorization);
    expect(Buffer.from(sent, 'latin1').toString('utf8')).toBe('Bearer rööt:pä:ss→');
    const other = await thrownBy(() => open(makeCertificate().certificate).startImportJob(at, input));
    expect(other.code).toBe('MILVUS_UNREACHABLE');
    expect(headers).toHaveLength(1);
  });
});
