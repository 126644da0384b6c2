import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { S3Options } from './options.js';

export interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Our own: with its built-in agents the SDK opens a connection per upload. */
export function createAgents({ ca, maxSockets, proxy }: S3Options): Agents {
  const pool: AgentOptions = { keepAlive: true, maxSockets };
  const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  if (proxy === undefined) {
    return { httpAgent: new HttpAgent(pool), httpsAgent: new HttpsAgent({ ...pool, ...trust }) };
  }
  const tunnel = new HttpsProxyAgent(proxy, { ...pool, ...trust });
  // What it is made with is for the connection to the proxy alone; this is for the store behind it. Without being told
  // that all is TLS, it takes a connection that was used for a plain one, and never uses it again.
  Object.assign(tunnel.options, { ...trust, secureEndpoint: true });
  return { httpAgent: new HttpProxyAgent(proxy, { ...pool, ...trust }), httpsAgent: tunnel };
}
