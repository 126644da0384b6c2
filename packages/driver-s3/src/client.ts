import { S3Client } from '@aws-sdk/client-s3';
import { createAgents } from './agents.js';
import { spellConditions } from './conditions.js';
import { createCredentials } from './credentials.js';
import { createGoogleSigner } from './google-token.js';
import type { S3Options } from './options.js';
import { SettlingHandler } from './settling-handler.js';

/** Milliseconds for a connection to open: long enough for a store under load, short for a wrong address. */
const connectionTimeout = 10_000;

const nothing = (): void => undefined;
/** Without it the SDK writes to the console. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The SDK asks for keys even when nothing is signed with them. */
const unused = { accessKeyId: 'unused', secretAccessKey: 'unused' };

/**
 * An SDK client that takes everything from `options` and nothing from profiles or variables, unless the
 * credentials are to be found there.
 */
export function createClient(options: S3Options): S3Client {
  const agents = createAgents(options);
  const signer = createGoogleSigner(options);
  const checksums = options.checksums === 'whenSupported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    credentials: signer === undefined ? createCredentials(options, agents) : unused,
    ...(signer === undefined ? {} : { signer }),
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
      ...agents,
      connectionTimeout,
      requestTimeout: options.requestTimeout,
      throwOnRequestTimeout: true,
      socketTimeout: options.requestTimeout,
      // The scheduler of core decides how many requests there are; a queue in front of the agent is normal.
      socketAcquisitionWarningTimeout: 2 ** 31 - 1,
    }),
  });
  const { conditionHeader } = options.family;
  if (conditionHeader !== undefined) spellConditions(client, conditionHeader);
  return client;
}
