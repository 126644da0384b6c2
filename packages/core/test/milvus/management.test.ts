import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createManagementClient } from '../../src/milvus/management.js';

async function serve(status: number, body = '{"msg":"OK"}'): Promise<{ endpoint: string; urls: string[] }> {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return { endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, urls };
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
