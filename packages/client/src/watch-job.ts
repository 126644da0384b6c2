import { setTimeout as wait } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { BackupClient } from './client.js';
import type { components } from './generated/api-v2.js';
import { BackupProblem } from './problem.js';

export type Job = components['schemas']['Job'];

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before a lost connection is made again. Default 1 000. */
  readonly retryMs?: number | undefined;
}

/**
 * A job now and after every change, at last in its final state. A lost connection is made again, and nothing is told twice.
 * @throws BackupProblem when there is no such job, or the server refuses
 */
export async function* watchJob(
  client: BackupClient,
  id: string,
  { signal, retryMs = 1_000 }: WatchOptions = {},
): AsyncGenerator<Job> {
  for (let last = ''; ; ) {
    const stream = await open(client, id, last, signal);
    if (stream === 'ended') return;
    if (stream !== null) {
      try {
        for await (const { event, id: eventId, data } of stream) {
          last = eventId ?? last;
          yield JSON.parse(data) as Job;
          if (event === 'end') return;
        }
      } catch (error) {
        if (signal?.aborted || !isNetworkError(error)) throw error;
      }
    }
    await wait(retryMs, undefined, signal ? { signal } : {});
  }
}

/** The end of a job. @throws BackupProblem when there is no such job, or the server refuses */
export async function waitForJob(client: BackupClient, id: string, options: WatchOptions = {}): Promise<Job> {
  let last: Job | undefined;
  for await (const job of watchJob(client, id, options)) last = job;
  if (last === undefined) throw new BackupProblem(404, null);
  return last;
}

interface ServerEvent {
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: string;
}

/** `null` while the server cannot be reached, once it was; `ended` when the end was told before. */
async function open(
  client: BackupClient,
  id: string,
  last: string,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<ServerEvent> | 'ended' | null> {
  try {
    const { data, error, response } = await client.GET('/jobs/{id}/events', {
      params: { path: { id }, header: last === '' ? {} : { 'Last-Event-ID': last } },
      parseAs: 'stream',
      signal: signal ?? null,
    });
    if (response.status === 204) return 'ended';
    if (!response.ok || !data) throw new BackupProblem(response.status, error);
    return data.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  } catch (error) {
    if (last !== '' && !signal?.aborted && isNetworkError(error)) return null;
    throw error;
  }
}

/** What `fetch` throws when a connection cannot be made, or breaks. */
const isNetworkError = (error: unknown): boolean => error instanceof TypeError;
