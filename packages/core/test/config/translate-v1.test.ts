import { describe, expect, it } from 'vitest';
import { failText, loadText, show } from './load-text.js';

const auth = async (text: string) => (await loadText(`minio:\n${text}`)).value.milvus.storage.auth;

describe('what schema v1 means', () => {
  it('gives each provider the credentials that apply', async () => {
    expect(await auth('  accessKeyID: a\n  secretAccessKey: b\n  token: c\n')).toMatchObject({
      type: 'static',
      accessKeyID: 'a',
      secretAccessKey: 'b',
      sessionToken: 'c',
    });
    expect(await auth('  useIAM: true\n  iamEndpoint: http://i\n')).toMatchObject({
      type: 'iam',
      endpoint: 'http://i',
    });
    const google =
      '  storageType: gcpnative\n  gcpCredentialJSON: k.json\n  backupGcpCredentialJSON: k.json\n';
    expect(await auth(google)).toMatchObject({ type: 'serviceAccount', credentialsFile: 'k.json' });
    expect(await auth(`${google}  useIAM: true\n`)).toMatchObject({ type: 'serviceAccount' });
    expect(await auth('  storageType: gcpnative\n  useIAM: true\n')).toMatchObject({ type: 'default' });
  });

  it('reads the account of azure from the access key', async () => {
    const text = 'minio:\n  storageType: azure\n  accessKeyID: acc\n  secretAccessKey: key\n';
    const { storage } = (await loadText(text)).value.milvus;
    expect(storage).toMatchObject({ accountName: 'acc', auth: { type: 'sharedKey', accountKey: 'key' } });
    const chain = (await loadText(`${text}  useIAM: true\n`)).value.backup.storage;
    expect(chain).toMatchObject({ accountName: 'acc', auth: { type: 'default', accountKey: '' } });
  });

  it('takes backup credentials of their own', async () => {
    const text =
      'minio:\n  storageType: azure\n  accessKeyID: acc\n  secretAccessKey: key\n' +
      '  backupStorageType: s3\n  backupAccessKeyID: id\n  backupSecretAccessKey: s\n';
    const { auth: own } = (await loadText(text)).value.backup.storage;
    expect(own).toMatchObject({ type: 'static', accessKeyID: 'id', secretAccessKey: 's' });
  });

  it('lets local go without credentials', async () => {
    const text =
      'minio:\n  storageType: local\n  useIAM: true\n  accessKeyID: ""\n  port: 0\n  rootPath: ./data\n';
    expect((await loadText(text)).value.milvus.storage).toMatchObject({
      provider: 'local',
      rootPath: './data',
    });
  });

  it.each([
    [0, false, 'disabled', 0],
    [1, false, 'server', 0],
    [2, true, 'mutual', 0],
    [2, false, 'server', 1],
    [3, false, 'disabled', 1],
    [-1, true, 'disabled', 1],
  ])('reads tlsMode %s (pair: %s) as %s', async (mode, pair, expected, warnings) => {
    const files = pair ? '  mtlsCertPath: c\n  mtlsKeyPath: k\n' : '';
    const resolved = await loadText(`milvus:\n  tlsMode: ${mode}\n${files}`);
    expect(resolved.value.milvus.grpc.tlsMode).toBe(expected);
    expect(resolved.warnings).toHaveLength(warnings);
    expect(show(resolved, 'milvus.grpc.tlsMode')).toBe(`${expected} config milvus.tlsMode`);
  });

  it('never minds an empty list of etcd endpoints', async () => {
    expect((await loadText('milvus:\n  etcd:\n    endpoints: ""\n')).value.milvus.etcd.endpoints).toEqual([]);
  });

  it('says that http.enabled has no effect', async () => {
    expect((await loadText('http:\n  enabled: true\n')).warnings).toEqual([]);
    expect((await loadText('http:\n  enabled: false\n')).warnings).toEqual([
      expect.stringContaining('http.enabled: false has no effect'),
    ]);
  });

  it('lets the first spelling win', async () => {
    const text = 'minio:\n  cloudProvider: aws\n  storageType: s3\n';
    expect((await loadText(text)).value.milvus.storage.provider).toBe('s3');
    expect((await loadText(`${text}storage:\n  storageType: minio\n`)).value.milvus.storage.provider).toBe(
      'minio',
    );
  });

  it.each([
    ['minio:\n  storageType: foo\n', 'cfg: minio.storageType: storage: unsupported storage type: "foo"', 2],
    [
      'a: 1\nbackup:\n  parallelism:\n    copydata: 0\n',
      'cfg: backup.parallelism.copydata: invalid value 0, want a positive number',
      4,
    ],
    ['milvus:\n  port: 0\n', 'cfg: milvus.port: invalid port 0, want 1-65535', 2],
    ['log:\n  level: loud\n', 'cfg: log.level: unrecognized level: "loud"', 2],
    ['backup:\n  gcPause:\n    address: x\n', 'cfg: backup.gcPause.address: invalid URL "x"', 3],
    [
      'minio:\n  secretAccessKey: ""\n',
      'cfg: minio.secretAccessKey: is required when the authentication is "static"',
      2,
    ],
  ])('names the key and the line of %j', async (text, message, line) => {
    const error = await failText(text);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message.startsWith(message)).toBe(true);
    expect(error.details.line).toBe(line);
    expect(error.message.split('\n')[0]).toContain(`line ${line})`);
  });
});
