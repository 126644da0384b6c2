import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Options } from './options.js';

type Signer = Exclude<NonNullable<S3ClientConfig['signer']>, (...parameters: never) => unknown>;

/** Where a machine in Google's cloud gets tokens of its service account. */
const metadataService = 'http://metadata.google.internal';
const tokenPath = '/computeMetadata/v1/instance/service-accounts/default/token';
/** Milliseconds; the service is next door. */
const timeout = 5000;
/** Milliseconds before its end in which a token is not used any more: requests take their time. */
const reserve = 5 * 60_000;

/**
 * Instead of a signature: an OAuth token of Google's, given as session token or got from the metadata service. Requests
 * with one may not carry headers named in Amazon's way. `undefined` where HMAC keys are given.
 */
export function createGoogleSigner({ family, auth }: S3Options): Signer | undefined {
  if (family.oauthToken !== true) return undefined;
  if (auth.type === 'static' && auth.token === '') return undefined;
  const readToken = auth.type === 'static' ? async () => auth.token : rememberToken(auth.endpoint);
  return {
    sign: async (request) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [
        name.toLowerCase().replace(/^x-amz-/, 'x-goog-'),
        value,
      ]);
      request.headers = { ...Object.fromEntries(headers), authorization: `Bearer ${await readToken()}` };
      return request;
    },
  };
}

interface Token {
  readonly value: string;
  readonly end: number;
}

/** One question for all that wait, another when the token is about to expire. */
function rememberToken(endpoint: string): () => Promise<string> {
  let current: Promise<Token> | undefined;
  const renew = (): Promise<Token> => {
    const asked = askToken(endpoint || metadataService);
    current = asked;
    asked.catch(() => {
      current = undefined;
    });
    return asked;
  };
  return async () => {
    const known = await (current ?? renew());
    if (known.end - reserve > performance.now()) return known.value;
    return (await renew()).value;
  };
}

async function askToken(endpoint: string): Promise<Token> {
  try {
    const asked = performance.now();
    const answer = await fetch(new URL(tokenPath, endpoint), {
      headers: { 'metadata-flavor': 'Google' },
      signal: AbortSignal.timeout(timeout),
    });
    const fields: unknown = await answer.json();
    const value: unknown = Reflect.get(Object(fields), 'access_token');
    const seconds: unknown = Reflect.get(Object(fields), 'expires_in');
    if (!answer.ok || typeof value !== 'string' || typeof seconds !== 'number') {
      throw new Error(`status ${answer.status} without a token`);
    }
    return { value, end: asked + seconds * 1000 };
  } catch (cause) {
    throw Object.assign(new Error(`${endpoint} gave no token`, { cause }), {
      name: 'CredentialsProviderError',
    });
  }
}
