import { createServer, type Server } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from './certificate.js';
import { startFakeMilvus } from './fake-milvus.js';
import { connect, gatewayTo, greetings, success } from './gateway-fixture.js';

const at = { database: 'db2', collection: 'c' };

describe('connecting', () => {
  it('tells who it is, and sends identifier, credentials and database with what follows', async () => {
    const milvus = await startFakeMilvus({
      ...greetings('v2.6.11-rc1'),
      HasCollection: () => ({ status: success, value: true }),
    });
    onTestFinished(() => milvus.close());
    const gateway = gatewayTo(milvus.port, { user: 'root', password: 'Milvus' });
    expect(await gateway.hasCollection(at)).toBe(true);
    expect(await gateway.serverInfo()).toMatchObject({
      version: 'v2.6.11-rc1',
      features: { multiDatabase: true, bulkFlush: true, snapshot: false },
    });
    expect(milvus.calls).toEqual(['Connect', 'ListDatabases', 'HasCollection']);
    expect(milvus.requests[0]?.request).toMatchObject({
      client_info: { sdk_type: 'BackupToolCustomSDK', sdk_version: '1.2.3', user: 'tester', host: 'here' },
    });
    expect(milvus.requests[2]?.metadata.getMap()).toMatchObject({
      authorization: Buffer.from('root:Milvus').toString('base64'),
      identifier: '470640837731811330',
      dbname: 'db2',
    });
  });

  it('connects once for callers that come together, and only when one comes', async () => {
    const { milvus, gateway } = await connect({});
    expect(milvus.calls).toEqual([]);
    await Promise.all([gateway.serverInfo(), gateway.listDatabases(), gateway.serverInfo()]);
    expect(milvus.calls.filter((rpc) => rpc === 'Connect')).toHaveLength(1);
  });

  it('takes a server without Connect and without databases', async () => {
    const milvus = await startFakeMilvus({ GetVersion: () => ({ status: success, version: 'v2.2.8' }) });
    onTestFinished(() => milvus.close());
    const gateway = gatewayTo(milvus.port);
    expect(await gateway.serverInfo()).toMatchObject({
      version: 'v2.2.8',
      features: { multiDatabase: false },
    });
    expect(await gateway.listDatabases()).toEqual(['default']);
  });

  it('asks for the version when the build tag is none', async () => {
    const { gateway } = await connect(
      { GetVersion: () => ({ status: success, version: '2.5-20260404-abc' }) },
      '9aceff5',
    );
    expect(await gateway.serverInfo()).toMatchObject({
      version: '2.5-20260404-abc',
      features: { restSegmentDetails: true, multiL0InOneJob: false },
    });
  });

  it('says so when something else answers', async () => {
    const milvus = await startFakeMilvus({});
    onTestFinished(() => milvus.close());
    await expect(gatewayTo(milvus.port).serverInfo()).rejects.toMatchObject({
      code: 'MILVUS_UNREACHABLE',
      message: `what answers at 127.0.0.1:${milvus.port} is not Milvus`,
    });
  });

  it('reports an unreachable port with address and remedy', { timeout: 20_000 }, async () => {
    const port = await closedPort();
    await expect(gatewayTo(port).listDatabases()).rejects.toMatchObject({
      code: 'MILVUS_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining(`Milvus at 127.0.0.1:${port} cannot be reached: `),
      remedy: expect.stringContaining('milvus.grpc.port'),
    });
  });

  it('stops waiting for an unreachable port when told to', async () => {
    const stop = new AbortController();
    const waiting = gatewayTo(await closedPort()).listDatabases({ signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('tries again after a failure', async () => {
    let refuse = true;
    const { gateway } = await connect({
      Connect: () => {
        if (refuse) return { grpc: 16, details: 'auth check failure' };
        return { status: success, server_info: { build_tags: 'v2.4.3' }, identifier: '1' };
      },
    });
    await expect(gateway.serverInfo()).rejects.toMatchObject({ code: 'MILVUS_AUTH' });
    refuse = false;
    expect((await gateway.serverInfo()).version).toBe('v2.4.3');
  });

  it('is over after close', async () => {
    const { gateway } = await connect({});
    await gateway.serverInfo();
    await gateway.close();
    await gateway.close();
    await expect(gateway.serverInfo()).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('TLS', () => {
  const server = makeCertificate();
  const client = makeCertificate();
  const files: Readonly<Record<string, Buffer>> = {
    'ca.pem': server.certificate,
    'client.pem': client.certificate,
    'client.key': client.key,
  };
  const readFile = async (path: string): Promise<Buffer> => {
    const file = files[path];
    if (file === undefined) throw new Error(`ENOENT: ${path}`);
    return file;
  };
  const start = async (mutual: boolean): Promise<number> => {
    const milvus = await startFakeMilvus(
      greetings('v2.5.0'),
      ServerCredentials.createSsl(
        mutual ? client.certificate : null,
        [{ private_key: server.key, cert_chain: server.certificate }],
        mutual,
      ),
    );
    onTestFinished(() => milvus.close());
    return milvus.port;
  };

  it('checks the server by the given authority and name', async () => {
    const grpc = { tlsMode: 'server', caCertPath: 'ca.pem', serverName: 'localhost' } as const;
    expect((await gatewayTo(await start(false), { grpc }, { readFile }).serverInfo()).version).toBe('v2.5.0');
  });

  it('refuses a server that the authorities do not know', { timeout: 20_000 }, async () => {
    const grpc = { tlsMode: 'server', serverName: 'localhost' } as const;
    await expect(gatewayTo(await start(false), { grpc }, { readFile }).serverInfo()).rejects.toMatchObject({
      code: 'MILVUS_UNREACHABLE',
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  it('shows its own certificate', async () => {
    const grpc = {
      tlsMode: 'mutual',
      caCertPath: 'ca.pem',
      serverName: 'localhost',
      mtlsCertPath: 'client.pem',
      mtlsKeyPath: 'client.key',
    } as const;
    expect((await gatewayTo(await start(true), { grpc }, { readFile }).serverInfo()).version).toBe('v2.5.0');
  });

  it.each([
    [{ tlsMode: 'server', caCertPath: 'missing.pem' }, 'milvus.grpc.caCertPath'],
    [{ tlsMode: 'mutual', caCertPath: 'ca.pem' }, 'milvus.grpc.mtlsKeyPath'],
    [{ tlsMode: 'mutual', mtlsKeyPath: 'client.key', mtlsCertPath: 'no.pem' }, 'milvus.grpc.mtlsCertPath'],
  ] as const)('names the file that is missing: %j', async (grpc, key) => {
    await expect(gatewayTo(1, { grpc }, { readFile }).serverInfo()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key },
    });
  });

  it('says that files are no PEM', async () => {
    const grpc = { tlsMode: 'mutual', mtlsKeyPath: 'client.pem', mtlsCertPath: 'client.key' } as const;
    await expect(gatewayTo(1, { grpc }, { readFile }).serverInfo()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

async function closedPort(): Promise<number> {
  const server: Server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
