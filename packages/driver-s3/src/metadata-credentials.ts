/** Milliseconds; the service is next door. */
const timeout = 5000;
/** Seconds that a token of the service is good for: longer than it takes to use it. */
const tokenLife = '300';
const rolePath = '/latest/meta-data/iam/security-credentials/';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * The role of this machine from a metadata service that is not at the usual address, which the SDK can be told by
 * variables of the process only. Speaks the protocol of EC2, version 2, and 1 where there is no other.
 * @throws Error named `CredentialsProviderError`
 */
export async function readMetadataCredentials(endpoint: string): Promise<TemporaryCredentials> {
  const token = await ask(endpoint, '/latest/api/token', {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': tokenLife },
  });
  const headers: Record<string, string> = token.ok ? { 'x-aws-ec2-metadata-token': token.text } : {};
  const names = await ask(endpoint, rolePath, { headers });
  const role = names.text.split('\n')[0]?.trim() ?? '';
  if (!names.ok || role === '') throw failure(`${endpoint} names no role`);
  const found = await ask(endpoint, rolePath + role, { headers });
  return parse(found, `${endpoint} gave no credentials of the role it names`);
}

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

async function ask(endpoint: string, path: string, init: RequestInit): Promise<Answer> {
  try {
    const answer = await fetch(new URL(path, endpoint), { ...init, signal: AbortSignal.timeout(timeout) });
    return { ok: answer.ok, text: await answer.text() };
  } catch (cause) {
    throw failure(`${endpoint} does not answer`, cause);
  }
}

function parse({ ok, text }: Answer, complaint: string): TemporaryCredentials {
  if (!ok) throw failure(complaint);
  const read = readFields(text, complaint);
  const expiration = new Date(read('Expiration'));
  const [accessKeyId, secretAccessKey, sessionToken] = [
    read('AccessKeyId'),
    read('SecretAccessKey'),
    read('Token'),
  ];
  if (accessKeyId === '' || secretAccessKey === '' || Number.isNaN(expiration.getTime())) {
    throw failure(complaint);
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

/** The answer itself is in no message: it holds the secret. */
function readFields(text: string, complaint: string): (name: string) => string {
  try {
    const fields: unknown = JSON.parse(text);
    return (name) => {
      const value: unknown =
        typeof fields === 'object' && fields !== null ? Reflect.get(fields, name) : undefined;
      return typeof value === 'string' ? value : '';
    };
  } catch {
    throw failure(complaint);
  }
}

function failure(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name: 'CredentialsProviderError' });
}
