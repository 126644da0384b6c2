import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Options } from './options.js';
import { SettlingHandler } from './settling-handler.js';

type Credentials = NonNullable<S3ClientConfig['credentials']>;
type Chain = ReturnType<typeof import('@aws-sdk/credential-providers').fromNodeProviderChain>;

/** Milliseconds for a connection to open: long enough for a store under load, short for a wrong address. */
const connectionTimeout = 10_000;

const nothing = (): void => undefined;
/** Without it the SDK writes to the console. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * An SDK client that takes everything from `options` and nothing from profiles or variables, unless the
 * credentials are to be found there. Agents are ours: with its built-in ones the SDK opens a connection per upload.
 */
export function createClient(options: S3Options): S3Client {
  const agent = { keepAlive: true, maxSockets: options.maxSockets };
  const trust = options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] };
  const checksums = options.checksums === 'whenSupported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  return new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    credentials: readCredentials(options),
    maxAttempts: options.maxAttempts,
    retryMode: 'standard',
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    expectContinueHeader: false,
    defaultsMode: 'standard',
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    userAgentAppId: 'milvus-backup',
    logger: silent,
    requestHandler: new SettlingHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent({ ...agent, ...trust }),
      connectionTimeout,
      requestTimeout: options.requestTimeout,
      throwOnRequestTimeout: true,
      socketTimeout: options.requestTimeout,
      // The scheduler of core decides how many requests there are; a queue in front of the agent is normal.
      socketAcquisitionWarningTimeout: 2 ** 31 - 1,
    }),
  });
}

function readCredentials({ auth, region }: S3Options): Credentials {
  if (auth.type === 'static') {
    return {
      accessKeyId: auth.id,
      secretAccessKey: auth.secret,
      ...(auth.token === '' ? {} : { sessionToken: auth.token }),
    };
  }
  const clientConfig = { region, ...(auth.endpoint === '' ? {} : { endpoint: auth.endpoint }) };
  let chain: Promise<Chain> | undefined;
  return async () => {
    chain ??= import('@aws-sdk/credential-providers').then((sdk) =>
      sdk.fromNodeProviderChain({ clientConfig }),
    );
    return (await chain)();
  };
}
