import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/log.js';
import { createCloudApi } from '../../src/migrate/cloud-api.js';
import { thrownBy } from '../driver/thrown-by.js';

const apiKey = 'planted-api-key';
const { signal } = new AbortController();
const source = { volumeName: 'vol-1', dataPath: 'run-1', clusterId: 'in01' };

/** An HTTP server that answers each call by the next of the given, the last for good. */
async function open(...answers: ((response: ServerResponse) => void)[]) {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    answer?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/`;
  return { api: createCloudApi({ endpoint, apiKey }, silentLogger), calls: () => calls };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
const lose = (response: ServerResponse): void => void response.socket?.destroy();

describe('the API of Zilliz Cloud', () => {
  it('gives the data of an answer', async () => {
    const { api } = await open(json(200, { code: 0, data: { jobId: 'job-1' } }));
    expect(await api.applyVolume('in01', 'run-1', signal)).toEqual({ jobId: 'job-1' });
    expect(await api.startMigration(source, signal)).toBe('job-1');
  });

  it('is asked again for a volume, and once for an import', async () => {
    const volume = await open(lose, json(502, ''), json(200, { code: 0, data: {} }));
    await volume.api.applyVolume('in01', 'run-1', signal);
    expect(volume.calls()).toBe(3);
    for (const [answer, code] of [
      [lose, 'CLOUD_UNREACHABLE'],
      [json(504, ''), 'CLOUD_ERROR'],
      [json(200, 'no json'), 'CLOUD_ERROR'],
      [json(200, { code: 0, data: {} }), 'CLOUD_ERROR'],
    ] as const) {
      const { api, calls } = await open(answer);
      const error = await thrownBy(() => api.startMigration(source, signal));
      expect(error).toMatchObject({ code, details: { uncertain: true } });
      expect(calls()).toBe(1);
    }
  });

  it.each([
    [json(401, { code: 80001, message: `bad ${apiKey}` }), 'CLOUD_AUTH'],
    [json(403, ''), 'CLOUD_AUTH'],
    [json(404, 'x'), 'CLOUD_ERROR'],
    [json(200, { code: 1, message: `no ${apiKey}` }), 'CLOUD_ERROR'],
    [json(307, '', { location: 'http://127.0.0.1:1/' }), 'CLOUD_ERROR'],
  ])('a refusal is certain, and never holds the key: case %#', async (answer, code) => {
    const { api, calls } = await open(answer);
    const error = await thrownBy(() => api.startMigration(source, signal));
    expect(error).toMatchObject({ code, details: { uncertain: false } });
    expect(`${error.message} ${error.remedy}`).not.toContain(apiKey);
    expect(calls()).toBe(1);
  });

  it('that is not there has certainly done nothing', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const api = createCloudApi({ endpoint: `http://127.0.0.1:${port}`, apiKey }, silentLogger);
    const error = await thrownBy(() => api.startMigration(source, signal));
    expect(error).toMatchObject({ code: 'CLOUD_UNREACHABLE', details: { uncertain: false } });
  });

  it('is left at once by a run that is cancelled', async () => {
    const stop = new AbortController();
    const { api } = await open(() => stop.abort());
    expect(await thrownBy(() => api.startMigration(source, stop.signal))).toMatchObject({
      code: 'CANCELLED',
    });
  });
});
