import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Agents } from './agents.js';
import { readMetadataCredentials } from './metadata-credentials.js';
import type { S3Options } from './options.js';

type Credentials = NonNullable<S3ClientConfig['credentials']>;
type Chain = ReturnType<typeof import('@aws-sdk/credential-providers').fromNodeProviderChain>;

/**
 * Fixed keys, or where the SDK is to look for some. The SDK asks again when temporary ones are about to expire.
 */
export function createCredentials(options: S3Options, agents: Agents): Credentials {
  const { auth } = options;
  if (auth.type === 'static') return toIdentity(auth.id, auth.secret, auth.token);
  const { env } = auth;
  const [id, secret, token] = [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN];
  // A profile that is named wins, as in the SDK.
  if (id && secret && !env.AWS_PROFILE) return toIdentity(id, secret, token ?? '');
  if (auth.endpoint !== '' && !env.AWS_WEB_IDENTITY_TOKEN_FILE) {
    return () => readMetadataCredentials(auth.endpoint);
  }
  let chain: Promise<Chain> | undefined;
  return async () => {
    chain ??= createChain(options, auth, agents);
    return (await chain)();
  };
}

type ChainAuth = Extract<S3Options['auth'], { readonly type: 'chain' }>;

async function createChain(options: S3Options, { endpoint, env }: ChainAuth, agents: Agents): Promise<Chain> {
  const { fromNodeProviderChain, fromTokenFile } = await import('@aws-sdk/credential-providers');
  const requestHandler = new NodeHttpHandler({ ...agents, requestTimeout: options.requestTimeout });
  const clientConfig = { region: options.region, requestHandler };
  const webIdentity = given({
    webIdentityTokenFile: env.AWS_WEB_IDENTITY_TOKEN_FILE,
    roleArn: env.AWS_ROLE_ARN,
    roleSessionName: env.AWS_ROLE_SESSION_NAME,
  });
  if (endpoint !== '') return fromTokenFile({ ...webIdentity, clientConfig: { ...clientConfig, endpoint } });
  const files = given({
    profile: env.AWS_PROFILE,
    filepath: env.AWS_SHARED_CREDENTIALS_FILE,
    configFilepath: env.AWS_CONFIG_FILE,
  });
  return fromNodeProviderChain({ ...webIdentity, ...files, clientConfig });
}

function toIdentity(id: string, secret: string, token: string): Credentials {
  return { accessKeyId: id, secretAccessKey: secret, ...(token === '' ? {} : { sessionToken: token }) };
}

/** Without the names that have no value: the SDK takes what is there, be it `undefined`. */
function given<K extends string>(
  values: Readonly<Record<K, string | undefined>>,
): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const name in values) if (values[name]) found[name] = values[name];
  return found;
}
