import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RecordedRequest {
  readonly method: string;
  /** As it stands in the request: a path, or for a proxy a whole URL. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RecordingServer {
  readonly port: number;
  readonly url: string;
  readonly requests: RecordedRequest[];
  answer: (request: RecordedRequest) => CannedAnswer;
  close(): Promise<void>;
}

/**
 * Stands for a cloud that cannot be had here, or for an HTTP proxy in front of one: it keeps what it is asked and gives
 * what it is told to. It stores nothing and checks no signature.
 */
export async function startRecordingServer(): Promise<RecordingServer> {
  const server: Server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    text(incoming).then(
      (body) => {
        const request = { method, url, headers, body };
        recording.requests.push(request);
        const answer = recording.answer(request);
        outgoing.writeHead(answer.status ?? 200, { etag: '"etag"', ...answer.headers });
        outgoing.end(answer.body ?? '');
      },
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const recording: RecordingServer = {
    port,
    url: `http://127.0.0.1:${port}`,
    requests: [],
    answer: () => ({}),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return recording;
}
