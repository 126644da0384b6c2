import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isBackupError, type StorageAuth, type StorageSection } from '@milvus-backup/core/driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { type RecordedRequest, type RecordingServer, startRecordingServer } from './recording-server.js';
import { sectionFor } from './sections.js';

let store: RecordingServer;
let iam: RecordingServer;
let folder = '';

beforeEach(async () => {
  [store, iam, folder] = await Promise.all([
    startRecordingServer(),
    startRecordingServer(),
    mkdtemp(join(tmpdir(), 'driver-s3-')),
  ]);
  // What the machine of the developer has must not be found; the SDK looks for itself.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('HOME', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([store.close(), iam.close(), rm(folder, { recursive: true })]);
});

type Env = Readonly<Record<string, string>>;

/** The requests that the store got, after two deletes by one driver. */
async function ask(
  auth: Partial<StorageAuth>,
  env: Env = {},
  changes: Partial<StorageSection> = {},
): Promise<RecordedRequest[]> {
  const section = sectionFor({
    port: store.port,
    options: { batchDelete: false },
    ...changes,
    auth: { ...sectionFor().auth, accessKeyID: '', secretAccessKey: '', type: 'iam', ...auth },
  });
  const driver = driverPlugin.createDriver(section, { env, cwd: '/' });
  try {
    await driver.delete(['a']);
    await driver.delete(['b']);
  } finally {
    await driver.close();
  }
  return store.requests;
}

const keysOf = (requests: readonly RecordedRequest[]): (string | undefined)[] =>
  requests.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
const tokensOf = (requests: readonly RecordedRequest[]): unknown[] =>
  requests.map(({ headers }) => headers['x-amz-security-token']);
const later = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('from the surroundings', () => {
  it.each(['iam', 'default'] as const)('%s: keys and token of the environment', async (type) => {
    const env = { AWS_ACCESS_KEY_ID: 'env-key', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 'env-token' };
    const requests = await ask({ type }, env);
    expect(keysOf(requests)).toEqual(['env-key', 'env-key']);
    expect(tokensOf(requests)).toEqual(['env-token', 'env-token']);
  });

  it('a profile, which wins over keys', async () => {
    const file = join(folder, 'some-credentials');
    await writeFile(file, '[nightly]\naws_access_key_id=profile-key\naws_secret_access_key=s\n');
    const env = {
      AWS_PROFILE: 'nightly',
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ACCESS_KEY_ID: 'env-key',
      AWS_SECRET_ACCESS_KEY: 's',
    };
    expect(keysOf(await ask({}, env))).toEqual(['profile-key', 'profile-key']);
  });

  it('a program that a profile names', async () => {
    const answer = { Version: 1, AccessKeyId: 'process-key', SecretAccessKey: 's', Expiration: later() };
    await writeFile(join(folder, 'answer'), JSON.stringify(answer));
    const file = join(folder, 'some-config');
    await writeFile(file, `[profile tool]\ncredential_process = cat ${join(folder, 'answer')}\n`);
    const requests = await ask({}, { AWS_PROFILE: 'tool', AWS_CONFIG_FILE: file });
    expect(keysOf(requests)).toEqual(['process-key', 'process-key']);
  });

  it('nothing: an error that says so, and no request', async () => {
    const error: unknown = await ask({}).catch((failure: unknown) => failure);
    expect(isBackupError(error) && error.code).toBe('STORAGE_AUTH');
    expect(store.requests).toEqual([]);
  });
});

describe('at an endpoint of its own', () => {
  it('web identity: the token of the file is exchanged once', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'planted-web-token');
    const credentials = `<AccessKeyId>role-key</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
      <SessionToken>role-token</SessionToken><Expiration>${later()}</Expiration>`;
    iam.answer = () => ({
      headers: { 'content-type': 'text/xml' },
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>`,
    });
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/backup',
      AWS_ROLE_SESSION_NAME: 'some-session',
    };
    const requests = await ask({ endpoint: iam.url }, env);
    expect(keysOf(requests)).toEqual(['role-key', 'role-key']);
    expect(tokensOf(requests)).toEqual(['role-token', 'role-token']);
    expect(iam.requests).toHaveLength(1);
    const form = new URLSearchParams(iam.requests[0]?.body);
    expect(form.get('Action')).toBe('AssumeRoleWithWebIdentity');
    expect(form.get('WebIdentityToken')).toBe('planted-web-token');
    expect(form.get('RoleArn')).toBe(env.AWS_ROLE_ARN);
  });

  const role = () =>
    JSON.stringify({
      Code: 'Success',
      AccessKeyId: 'metadata-key',
      SecretAccessKey: 'planted-secret',
      Token: 'metadata-token',
      Expiration: later(),
    });

  it.each([
    ['version 2', 200],
    ['version 1, which knows no tokens', 404],
  ])('the role of the machine: metadata %s', async (_version, status) => {
    iam.answer = ({ method, url }) => {
      if (method === 'PUT') return { status, body: 'imds-token' };
      return { body: url.endsWith('/backup-role') ? role() : 'backup-role\n' };
    };
    const requests = await ask({ endpoint: iam.url });
    expect(keysOf(requests)).toEqual(['metadata-key', 'metadata-key']);
    expect(tokensOf(requests)).toEqual(['metadata-token', 'metadata-token']);
    expect(iam.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/backup-role',
    ]);
    const sent = iam.requests.slice(1).map(({ headers }) => headers['x-aws-ec2-metadata-token']);
    expect(sent).toEqual(Array(2).fill(status === 200 ? 'imds-token' : undefined));
  });

  it.each([
    ['no role', { status: 404 }],
    ['no JSON', { body: 'planted-secret' }],
    ['no key', { body: '{"SecretAccessKey":"planted-secret"}' }],
  ])('a metadata service that gives %s', async (_what, answer) => {
    iam.answer = () => answer;
    const error: unknown = await ask({ endpoint: iam.url }).catch((failure: unknown) => failure);
    expect(isBackupError(error) && error.code).toBe('STORAGE_AUTH');
    expect(inspect(error, { depth: 10 })).not.toContain('planted-secret');
    expect(store.requests).toEqual([]);
  });

  it('gcp: the token of the machine, asked for once', async () => {
    iam.answer = () => ({ body: '{"access_token":"google-token","expires_in":3599,"token_type":"Bearer"}' });
    const requests = await ask({ endpoint: iam.url }, {}, { provider: 'gcp' });
    const authorizations = requests.map(({ headers }) => headers.authorization);
    expect(authorizations).toEqual(['Bearer google-token', 'Bearer google-token']);
    expect(iam.requests.map(({ url }) => url)).toEqual([
      '/computeMetadata/v1/instance/service-accounts/default/token',
    ]);
    expect(iam.requests[0]?.headers['metadata-flavor']).toBe('Google');
  });

  it('an endpoint without scheme is refused', async () => {
    await expect(ask({ endpoint: 'iam.example' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key: 'backup.storage.auth.endpoint' },
    });
  });
});

it('two drivers with keys of their own do not mix them', async () => {
  const first = await ask({ type: 'static', accessKeyID: 'one', secretAccessKey: 's1' });
  const second = await ask({ type: 'static', accessKeyID: 'two', secretAccessKey: 's2' });
  expect(first).toBe(second);
  expect(keysOf(store.requests)).toEqual(['one', 'one', 'two', 'two']);
});
