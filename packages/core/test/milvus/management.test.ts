import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createManagementClient } from '../../src/milvus/management.js';
import { thrownBy } from '../driver/thrown-by.js';

async function serve(
  status: number,
  body = '{"msg":"OK"}',
): Promise<{ endpoint: string; urls: string[]; logins: (string | undefined)[] }> {
  const urls: string[] = [];
  const logins: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    logins.push(request.headers.authorization);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return { endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, urls, logins };
}

describe('createManagementClient', () => {
  it('pauses and resumes garbage collection', async () => {
    const { endpoint, urls } = await serve(200);
    const management = createManagementClient({ management: { endpoint } });
    await management.pauseGc(3600);
    await management.resumeGc();
    expect(urls).toEqual([
      '/management/datacoord/garbage_collection/pause?pause_seconds=3600&collection_id=0',
      '/management/datacoord/garbage_collection/resume',
    ]);
  });

  it('pauses one collection, and resumes by the ticket that it got', async () => {
    const { endpoint, urls } = await serve(200, '{"msg":"OK","ticket":"NS8x+/=="}');
    const management = createManagementClient({ management: { endpoint } });
    const ticket = await management.pauseCollectionGc(470635130682481644n, 3600);
    expect(ticket).toBe('NS8x+/==');
    await management.resumeCollectionGc(ticket);
    expect(urls).toEqual([
      '/management/datacoord/garbage_collection/pause?pause_seconds=3600&collection_id=470635130682481644',
      '/management/datacoord/garbage_collection/resume?ticket=NS8x%2B%2F%3D%3D',
    ]);
  });

  it('sends a login of its URL in a header, and tells it to nobody', async () => {
    const { endpoint, logins, urls } = await serve(500);
    const withLogin = endpoint.replace('://', '://admin:plan%74ed@');
    const failed = await thrownBy(() =>
      createManagementClient({ management: { endpoint: withLogin } }).pauseGc(1),
    );
    expect(logins).toEqual([`Basic ${Buffer.from('admin:planted').toString('base64')}`]);
    expect(urls).toHaveLength(1);
    const away = await thrownBy(() =>
      createManagementClient({ management: { endpoint: 'http://admin:planted@127.0.0.1:1' } }).pauseGc(1),
    );
    expect(away.code).toBe('MILVUS_UNREACHABLE');
    expect(inspect([failed, away], { depth: 9 })).not.toContain('plan');
  });

  it.each(['{"msg":"OK"}', 'OK', '[]'])('%s has no ticket', async (body) => {
    const { endpoint } = await serve(200, body);
    expect(await createManagementClient({ management: { endpoint } }).pauseCollectionGc(1n, 1)).toBe('');
  });

  it('gives the keys of an encrypted database, and fails where there are none', async () => {
    const { endpoint, urls } = await serve(200, '{"msg":"OK","ezk":"sealed"}');
    expect(await createManagementClient({ management: { endpoint } }).encryptionKeys('a b')).toBe('sealed');
    expect(urls).toEqual(['/management/rootcoord/ez/backup?db_name=a%20b']);
    const empty = await serve(200);
    await expect(
      createManagementClient({ management: { endpoint: empty.endpoint } }).encryptionKeys('a'),
    ).rejects.toMatchObject({ code: 'MILVUS_ERROR', message: expect.stringContaining('database a') });
  });

  it.each([
    [404, 'MILVUS_UNSUPPORTED', false],
    [400, 'MILVUS_ERROR', false],
    [500, 'MILVUS_ERROR', true],
  ])('HTTP %i is %s', async (status, code, retryable) => {
    const { endpoint } = await serve(status, 'no');
    await expect(createManagementClient({ management: { endpoint } }).pauseGc(1)).rejects.toMatchObject({
      code,
      retryable,
    });
  });

  it('reports an unreachable port', async () => {
    const management = createManagementClient({ management: { endpoint: 'http://127.0.0.1:1' } });
    await expect(management.resumeGc()).rejects.toMatchObject({
      code: 'MILVUS_UNREACHABLE',
      remedy: expect.stringContaining('milvus.management.endpoint'),
    });
  });

  it('is cancelled by its signal', async () => {
    const { endpoint } = await serve(200);
    const call = { signal: AbortSignal.abort() };
    await expect(createManagementClient({ management: { endpoint } }).resumeGc(call)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
