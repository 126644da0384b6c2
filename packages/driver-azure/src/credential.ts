import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { Identity } from './auth.js';
import { authorityOf } from './endpoint.js';

const knownAuthorities = /^https:\/\/login\.(microsoftonline\.(com|us)|chinacloudapi\.cn)\/?$/;

/** A credential of the identity SDK, which takes half a second to load, so it is loaded at the first token. */
export function createCredential(identity: Identity, url: string, httpClient: HttpClient): TokenCredential {
  let made: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      made ??= load(identity, url, httpClient);
      return (await made).getToken(scopes, options);
    },
  };
}

async function load(identity: Identity, url: string, httpClient: HttpClient): Promise<TokenCredential> {
  const sdk = await import('@azure/identity');
  const { clientId, tenantId, tokenFile } = identity;
  const authorityHost = identity.authorityHost ?? authorityOf(url);
  const common = {
    httpClient,
    authorityHost,
    // A private cloud is not in Microsoft's list of clouds, which may not be within reach either.
    disableInstanceDiscovery: !knownAuthorities.test(authorityHost),
  };
  switch (identity.kind) {
    case 'workloadIdentity':
      return new sdk.WorkloadIdentityCredential({
        ...common,
        ...(clientId ? { clientId } : {}),
        ...(tenantId ? { tenantId } : {}),
        ...(tokenFile ? { tokenFilePath: tokenFile } : {}),
      });
    case 'managedIdentity':
      return clientId
        ? new sdk.ManagedIdentityCredential({ ...common, clientId })
        : new sdk.ManagedIdentityCredential(common);
    case 'chain':
      return new sdk.DefaultAzureCredential({
        ...common,
        ...(tenantId ? { tenantId } : {}),
        ...(clientId ? { managedIdentityClientId: clientId, workloadIdentityClientId: clientId } : {}),
      });
  }
}
