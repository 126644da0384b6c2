import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './generated/api-v2.js';

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8080`, with the path of a proxy if there is one; `/api/v2` is added. */
  readonly url: string;
  /** Sent as bearer token. */
  readonly token?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of the global one, e.g. with a client certificate. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** One method per HTTP method: `client.GET('/backups/{name}', { params: { path: { name } } })`, typed by the API document. */
export type BackupClient = Client<paths, `${string}/${string}`>;

/** A client of `/api/v2`. Contacts nothing before a call. */
export function createBackupClient({ url, token, headers = {}, fetch }: ClientOptions): BackupClient {
  return createClient<paths>({
    baseUrl: `${url.replace(/\/+$/, '')}/api/v2`,
    headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(fetch ? { fetch } : {}),
  });
}
