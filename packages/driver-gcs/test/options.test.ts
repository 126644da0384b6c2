import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isBackupError, type StorageSection } from '@milvus-backup/core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { driverPlugin, readOptions } from '../src/index.js';
import { sectionFor } from './sections.js';

const folder = mkdtempSync(join(tmpdir(), 'gcs-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const context = { env: {}, cwd: folder };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = {
  type: 'service_account',
  project_id: 'the-project',
  client_email: 'robot@the-project.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
};
const federation = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/var/run/token' },
};

let files = 0;
function byFile(content: string): StorageSection {
  files += 1;
  writeFileSync(join(folder, `${files}.json`), content);
  return byPath(`${files}.json`);
}
const byPath = (credentialsFile: string): StorageSection =>
  sectionFor({ auth: { ...sectionFor().auth, type: 'serviceAccount', credentialsFile } });

function refusalOf(section: StorageSection): { code: string; text: string; key: unknown } {
  try {
    readOptions(section, context);
  } catch (error) {
    if (isBackupError(error)) {
      return { code: error.code, text: inspect(error, { depth: 10 }), key: error.details.key };
    }
    throw error;
  }
  return { code: 'accepted', text: '', key: undefined };
}

describe('endpoint', () => {
  it.each([
    ['', 9000, false, 'https://storage.googleapis.com'],
    ['storage.googleapis.com', 443, true, 'https://storage.googleapis.com'],
    ['storage.googleapis.com', 80, false, 'https://storage.googleapis.com'],
    ['storage-psc.p.googleapis.com', 443, false, 'https://storage-psc.p.googleapis.com'],
    ['127.0.0.1', 4443, false, 'http://127.0.0.1:4443'],
    ['emulator', 4443, true, 'https://emulator:4443'],
    ['[::1]', 4443, false, 'http://[::1]:4443'],
  ])('%s:%i useSSL %s is %s', (address, port, useSSL, endpoint) => {
    expect(readOptions(sectionFor({ address, port, useSSL }), context).endpoint).toBe(endpoint);
  });

  it.each(['http://host', 'host:80', 'host/path'])('"%s" is no address', (address) => {
    expect(refusalOf(sectionFor({ address }))).toMatchObject({
      code: 'CONFIG_INVALID',
      key: 'backup.storage.address',
    });
  });
});

describe('credentials', () => {
  it('default', () => {
    expect(readOptions(sectionFor(), context).auth).toEqual({ type: 'default' });
  });

  it('anonymous', () => {
    const options = { anonymous: true };
    expect(readOptions(sectionFor({ options }), context).auth).toEqual({ type: 'anonymous' });
  });

  it('a key file, by a path that starts in the working directory; its project is taken', () => {
    const options = readOptions(byFile(JSON.stringify(account)), context);
    expect(options.auth).toMatchObject({ type: 'key', key: { client_email: account.client_email } });
    expect(options.projectId).toBe('the-project');
  });

  it('federation of identities', () => {
    expect(readOptions(byFile(JSON.stringify(federation)), context).auth).toMatchObject({ type: 'key' });
  });

  it('the content of a key, and a project that overrides its own', () => {
    const options = { credentialsJson: JSON.stringify(account), projectId: 'other' };
    const read = readOptions(sectionFor({ options }), context);
    expect(read.auth.type).toBe('key');
    expect(read.projectId).toBe('other');
  });

  it.each([
    ['no JSON', 'planted-secret{', 'no JSON'],
    ['no object', '["planted-secret"]', 'no object'],
    ['no type', '{"private_key":"planted-secret"}', '"type"'],
    ['a type nobody knows', '{"type":"planted-secret"}', 'service_account'],
    ['half a key', '{"type":"service_account","private_key":"planted-secret"}', 'client_email'],
    [
      'a broken private key',
      JSON.stringify({ ...account, private_key: '-----BEGIN PRIVATE KEY-----\nplanted-secret\n' }),
      'no PEM key',
    ],
    ['half a federation', JSON.stringify({ ...federation, token_url: '' }), 'token_url'],
  ])('%s is refused by name, its content untold', (_name, content, text) => {
    for (const section of [byFile(content), sectionFor({ options: { credentialsJson: content } })]) {
      const refusal = refusalOf(section);
      expect(refusal.code).toBe('CONFIG_INVALID');
      expect(refusal.text).toContain(text);
      expect(refusal.text).not.toContain('planted-secret');
    }
  });

  it('a key file that is not there', () => {
    const refusal = refusalOf(byPath('nowhere.json'));
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', key: 'backup.storage.auth.credentialsFile' });
    expect(refusal.text).toContain(join(folder, 'nowhere.json'));
  });

  it('content where a path is wanted', () => {
    const refusal = refusalOf(byPath('{"private_key":"planted-secret"}'));
    expect(refusal.code).toBe('CONFIG_INVALID');
    expect(refusal.text).toContain('options.credentialsJson');
    expect(refusal.text).not.toContain('planted-secret');
  });

  it('a type of another store', () => {
    const { auth } = sectionFor();
    expect(refusalOf(sectionFor({ auth: { ...auth, type: 'static' } }))).toMatchObject({
      code: 'CONFIG_INVALID',
      key: 'backup.storage.auth.type',
    });
  });
});

describe('options', () => {
  it.each([
    [{ chunkSizeMiB: 0 }, 'chunkSizeMiB'],
    [{ maxSockets: 'many' }, 'maxSockets'],
    [{ caFile: 'nowhere.pem' }, 'caFile'],
    [{ unknown: 1 }, 'options'],
  ])('%j is refused', (options, name) => {
    const refusal = refusalOf(sectionFor({ options }));
    expect(refusal.code).toBe('CONFIG_INVALID');
    expect(refusal.text).toContain(name);
  });

  it('an empty bucket name is refused', () => {
    expect(refusalOf(sectionFor({ bucketName: '' })).key).toBe('backup.storage.bucketName');
  });

  it('a driver is made without traffic', async () => {
    const driver = driverPlugin.createDriver(byFile(JSON.stringify(account)), context);
    expect(driver).toMatchObject({ name: 'gcs', capabilities: { checksum: 'crc32c', conditionalPut: true } });
    await driver.close();
  });
});
