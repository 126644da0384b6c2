import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { AzuriteServer } from '@milvus-backup/test-support';

export const tenant = '00000000-0000-4000-8000-000000000001';

export interface Authority {
  readonly url: string;
  /** Bodies of the requests for tokens. */
  readonly requests: URLSearchParams[];
  close(): Promise<void>;
}

/**
 * The part of Entra ID that a workload identity speaks with: the description of the tenant, and tokens for assertions. It
 * uses the certificate of a running Azurite, which looks at a token's content and not at its signature.
 */
export async function startAuthority(server: AzuriteServer): Promise<Authority> {
  const read = (name: string): Buffer => readFileSync(join(dirname(server.caFile ?? ''), name));
  const requests: URLSearchParams[] = [];
  const listener = createServer({ cert: read('cert.pem'), key: read('key.pem') }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url?.includes('/.well-known/openid-configuration')) {
        response.end(JSON.stringify(describeTenant(authority.url)));
        return;
      }
      requests.push(new URLSearchParams(Buffer.concat(parts).toString()));
      response.end(JSON.stringify({ token_type: 'Bearer', expires_in: 3600, access_token: makeToken() }));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const authority: Authority = {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        listener.closeAllConnections();
        listener.close(() => resolve());
      }),
  };
  return authority;
}

function describeTenant(url: string): object {
  return {
    issuer: `${url}/${tenant}/v2.0`,
    authorization_endpoint: `${url}/${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${url}/${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${url}/${tenant}/discovery/v2.0/keys`,
  };
}

function makeToken(): string {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    aud: 'https://storage.azure.com',
    iss: `https://sts.windows.net/${tenant}/`,
    iat: seconds - 60,
    nbf: seconds - 60,
    exp: seconds + 3600,
    oid: '00000000-0000-4000-8000-000000000002',
    tid: tenant,
    ver: '1.0',
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.planted-signature`;
}
