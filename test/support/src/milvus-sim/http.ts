import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type CallLog, withoutSecrets } from './calls.js';
import { answerManagement } from './management.js';
import { createRestHandlers, parseBody, stringifyBody } from './rest.js';
import { authenticate } from './rpc-server.js';
import { GrpcError, grpcCodes, SimError } from './sim-error.js';
import { defaultDatabase, type World } from './world.js';

export interface HttpDeps {
  readonly world: World;
  readonly log: CallLog;
  readonly authorization: boolean;
}

/** `/v2/vectordb/…`: HTTP status 200 also for failures, whose number is in the body. */
export function createRestListener({ world, log, authorization }: HttpDeps): RequestListener {
  const handlers = createRestHandlers(world);
  return (request, response) => {
    void serve(response, async () => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const text = await readText(request);
      const recorded = log.add({
        kind: 'rest',
        method: path,
        database: defaultDatabase,
        request: {},
        headers: withoutSecrets(request.headers),
      });
      const handler = request.method === 'POST' ? handlers.get(path) : undefined;
      if (handler === undefined) {
        recorded.outcome = 'http 404';
        return { status: 404, type: 'text/plain', body: '404 page not found' };
      }
      const answer = (body: object): Answer => ({
        status: 200,
        type: 'application/json',
        body: stringifyBody(body),
      });
      try {
        const body = parseBody(text);
        Object.assign(recorded, { request: body, database: String(body.dbName || defaultDatabase) });
        if (authorization) {
          const token = (request.headers.authorization ?? '').replace(/^Bearer\s+/i, '');
          authenticate(world, Buffer.from(token).toString('base64'));
        }
        await world.faults.check(path);
        if (world.faults.takeDuplicate(path)) handler(body);
        const data = handler(body);
        world.faults.checkAnswer(path);
        recorded.outcome = 'ok';
        return answer({ code: 0, data });
      } catch (error) {
        if (error instanceof GrpcError && error.grpcStatus === grpcCodes.unavailable) {
          recorded.outcome = 'http 503';
          return { status: 503, type: 'text/plain', body: error.message };
        }
        const code = error instanceof SimError ? error.code : error instanceof GrpcError ? 1800 : 1801;
        recorded.outcome = `code ${code}`;
        return answer({ code, message: error instanceof Error ? error.message : String(error) });
      }
    });
  };
}

export function createManagementListener({ world, log }: HttpDeps): RequestListener {
  return (request, response) => {
    void serve(response, async () => {
      const path = request.url ?? '/';
      const recorded = log.add({
        kind: 'management',
        method: path,
        database: defaultDatabase,
        request: {},
        headers: withoutSecrets(request.headers),
      });
      const url = new URL(path, 'http://localhost');
      await world.faults.check(url.pathname).catch((error: unknown) => {
        recorded.outcome = 'http 500';
        throw error;
      });
      const { status, body } = await answerManagement(world, url).catch((error: unknown) => {
        recorded.outcome = `http 500: ${String(error)}`;
        throw error;
      });
      recorded.outcome = status === 200 ? 'ok' : `http ${status}`;
      return { status, type: 'application/json', body };
    });
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function serve(response: ServerResponse, make: () => Promise<Answer>): Promise<void> {
  let answer: Answer;
  try {
    answer = await make();
  } catch (error) {
    answer = { status: 500, type: 'text/plain', body: String(error) };
  }
  response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString('utf8');
}
