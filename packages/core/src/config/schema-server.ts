import { int, type KeySpec, list, oneOf, records, text } from './key-spec.js';
import { authModes, tlsVersions } from './types.js';

/** The keys of the REST API's own section, the same in both schemas but for the first two, which had a name in v1. */
export const serverSpecs: readonly KeySpec[] = [
  text('server.auth.token', '', 'A bearer token with all rights', {
    env: 'SERVER_AUTH_TOKEN',
    secret: true,
  }),
  records('server.auth.tokens', 'Bearer tokens: name, role (read, operate, admin), token or tokenFile'),
  records('server.auth.clients', 'Roles of client certificates: name (CN or SAN), role'),
  text('server.auth.mode', 'auto', 'none: let everyone in; auto: off loopback only who proves who he is', {
    spellings: ['server.auth.mode', 'server.auth'],
    check: oneOf(authModes),
  }),
  text('server.tls.cert', '', 'File with the certificate chain of the API; read again when it changes'),
  text('server.tls.key', '', 'File with its key'),
  text('server.tls.clientCA', '', 'File with the authority that client certificates must come from'),
  text('server.tls.minVersion', 'TLSv1.2', 'Oldest TLS that is spoken', {
    check: oneOf(tlsVersions),
  }),
  int('server.limits.requestsPerMinute', 6000, 'Requests of one client per minute; 0: no limit', {
    check: { kind: 'notNegative' },
  }),
  int('server.limits.bodyMiB', 16, 'Largest request body in MiB', { check: { kind: 'positive' } }),
  int('server.limits.connections', 2000, 'Connections at once', { check: { kind: 'positive' } }),
  list('server.corsOrigins', [], 'Origins of web pages that may call the API'),
  list('server.allowedHosts', [], 'Host names that requests over loopback may carry besides localhost'),
  int('server.shutdownGraceSeconds', 20, 'Seconds that runs get to end when the server is told to stop', {
    check: { kind: 'notNegative' },
  }),
];

/** As schema v1 takes them: under the same names. */
export const serverSpecsV1: readonly KeySpec[] = serverSpecs.map((spec) => ({ ...spec, becomes: spec.key }));
