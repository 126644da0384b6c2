import { isIPv4, isIPv6 } from 'node:net';
import type { HonoRequest, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-types.js';
import { deny } from './deny.js';

interface BrowserRules {
  /** Origins of pages that may call, such as `https://console.example`. */
  readonly origins: readonly string[];
  /** Host names beside those of this machine. */
  readonly hosts: readonly string[];
  /** Whether callers prove who they are, by something that a foreign page cannot add. */
  readonly demandsToken: boolean;
}

/**
 * Keeps web pages from driving the API through the browser of someone who can reach it: pages of other sites by what
 * browsers say about them (`Origin`, `Sec-Fetch-Site`), and pages that made their own name point at this machine (DNS
 * rebinding) by the name they ask for. Other programs send none of these headers and are as free as ever; what comes
 * from a page must say that its body is JSON, which no plain form can, or have none.
 */
export function refuseForeignPages(rules: BrowserRules): MiddlewareHandler<AppEnv> {
  const origins = new Set(rules.origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  const hosts = new Set(rules.hosts.map((host) => host.toLowerCase()));
  return async (c, next) => {
    const host = c.req.header('host');
    const name = hostName(host ?? '');
    const checksHost = hosts.size > 0 || (!rules.demandsToken && cameOverLoopback(c.env));
    if (host !== undefined && checksHost && !isOwnName(name) && !hosts.has(name)) {
      const remedy = 'ask for localhost, or add the name to server.allowedHosts';
      return deny(c, 'FORBIDDEN', 'the Host header names another machine', remedy);
    }
    const origin = c.req.header('origin')?.toLowerCase();
    const site = c.req.header('sec-fetch-site');
    if (origin !== undefined && origins.has(origin)) return next();
    const remedy = 'add its origin to server.corsOrigins';
    if (origin !== undefined && !isSameOrigin(origin, host)) {
      return deny(c, 'FORBIDDEN', 'a web page of another origin called', remedy);
    }
    const visits =
      c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate' && isPage(c.req.path);
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !visits) {
      return deny(c, 'FORBIDDEN', 'a web page of another site called', remedy);
    }
    const fromPage = origin !== undefined || site !== undefined;
    if (fromPage && c.req.method === 'POST' && !hasNoBody(c.req) && !isJson(c.req.header('content-type'))) {
      return deny(
        c,
        'FORBIDDEN',
        'the body of a web page must be JSON',
        'send content-type: application/json',
      );
    }
    return next();
  };
}

/** A link from elsewhere may lead to these. */
const isPage = (path: string): boolean => path === '/' || /\/docs(\/(index\.html)?)?$/.test(path);

const isJson = (type: string | undefined): boolean =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type ?? '');

/** As the buttons of the documentation send it for calls that take nothing. */
const hasNoBody = (request: HonoRequest): boolean =>
  request.header('content-type') === undefined &&
  request.header('transfer-encoding') === undefined &&
  (request.header('content-length') ?? '0') === '0';

/** TLS may end at a proxy, so the scheme says nothing. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && origin.replace(/^https?:\/\//, '') === host.toLowerCase();
}

/** Without port and brackets. */
const hostName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/** Addresses cannot be rebound, so only names are dangerous. */
const isOwnName = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || isIPv4(name) || isIPv6(name);

function cameOverLoopback(env: AppEnv['Bindings'] | undefined): boolean {
  return isLoopback(env?.incoming?.socket.localAddress ?? '');
}

/** Whether an address, or the name `localhost`, is of this machine alone. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
