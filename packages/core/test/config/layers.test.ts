import { describe, expect, it } from 'vitest';
import { failText, loadText, nest, show } from './load-text.js';

const v2 = (text: string) => `configVersion: v2\n${text}`;

describe('precedence', () => {
  const file = 'milvus:\n  user: file\n';
  it.each([
    [
      '--set over all',
      file,
      { env: { MILVUS_USER: 'env' }, set: ['milvus.user=set'] },
      'set override milvus.user',
    ],
    ['the environment over the file', file, { env: { MILVUS_USER: 'env' } }, 'env env MILVUS_USER'],
    ['the file over the default', file, {}, 'file config milvus.user'],
    ['the default last', '', {}, 'default'],
    ['an empty variable as a value', file, { env: { MILVUS_USER: '' } }, 'env MILVUS_USER'],
    ['the last --set', file, { set: ['milvus.user=a', 'MILVUS_USER=b'] }, 'b override MILVUS_USER'],
    ['a key in any case', 'MILVUS:\n  uSER: x', {}, 'x config MILVUS.uSER'],
    ['null as absent', 'milvus:\n  user:\n', {}, 'default'],
  ])('%s', async (_, text, around, expected) => {
    expect(show(await loadText(text, around), 'milvus.user')).toBe(expected);
    expect(show(await loadText(v2(text), around), 'milvus.user')).toBe(expected);
  });
});

describe('types', () => {
  it.each([
    ['19530.0', 19530],
    ['"19531"', 19531],
    ['+7', 7],
    ['0x10', 16],
  ])('reads the whole number %s', async (text, expected) => {
    expect((await loadText(nest('milvus.port', text))).value.milvus.grpc.port).toBe(expected);
  });

  it.each([
    ['true', true],
    ['True', true],
    ['"t"', true],
    ['t', true],
    ['"1"', true],
    ['F', false],
    ['"0"', false],
    ['"FALSE"', false],
  ])('reads %s as a bool', async (text, expected) => {
    expect((await loadText(nest('minio.useSSL', text))).value.milvus.storage.useSSL).toBe(expected);
  });

  it.each([
    ['milvus.port', '1.5', 'cfg: milvus.port: invalid value "1.5", want a whole number'],
    ['milvus.port', 'abc', 'cfg: milvus.port: invalid value "abc", want a whole number'],
    ['milvus.port', 'true', 'cfg: milvus.port: invalid value "true", want a whole number'],
    ['milvus.port', '1e99', 'cfg: milvus.port: invalid value "1e99", want a whole number'],
    ['milvus.port', '.nan', 'cfg: milvus.port: invalid value ".nan", want a whole number'],
    [
      'milvus.port',
      '99999999999999999999',
      'cfg: milvus.port: invalid value "99999999999999999999", want a whole number',
    ],
    ['milvus.port', '[1]', 'cfg: milvus.port: want one value, got a list'],
    [
      'milvus.port',
      '0123',
      'cfg: milvus.port: invalid value "0123", a leading zero is read as octal by the Go tool',
    ],
    ['minio.useSSL', 'yes', 'cfg: minio.useSSL: invalid value "yes", want true or false'],
    ['minio.useSSL', 'on', 'cfg: minio.useSSL: invalid value "on", want true or false'],
    ['minio.useSSL', '1', 'cfg: minio.useSSL: invalid value "1", want true or false'],
    ['minio.useSSL', 'tRUE', 'cfg: minio.useSSL: invalid value "tRUE", want true or false'],
    ['milvus.user', '[a, b]', 'cfg: milvus.user: want one value, got a list'],
    ['minio.options', '5', 'cfg: minio.options: must be a YAML map, got number'],
  ])('refuses %s: %s from the file', async (key, text, message) => {
    const error = await failText(nest(key, text));
    expect(error.message).toMatch(/^[^\n]* \(\/.*backup\.yaml, line 2\)$/);
    expect(error.message.startsWith(`${message} (`)).toBe(true);
    expect(error.details).toMatchObject({ key, line: 2, problems: 1 });
    expect(error.remedy).toBeTruthy();
  });

  it.each([
    ['MILVUS_PORT', '', 'cfg: milvus.port: invalid value "", want a whole number'],
    ['MILVUS_PORT', ' 1', 'cfg: milvus.port: invalid value " 1", want a whole number'],
    ['MILVUS_PORT', '1.0', 'cfg: milvus.port: invalid value "1.0", want a whole number'],
    ['MINIO_USE_SSL', '', 'cfg: minio.useSSL: invalid value "", want true or false'],
    ['MINIO_USE_SSL', 'yes', 'cfg: minio.useSSL: invalid value "yes", want true or false'],
  ])('refuses %s=%j from environment and --set', async (variable, value, message) => {
    expect((await failText('', { env: { [variable]: value } })).message).toBe(
      `${message} (environment variable ${variable})`,
    );
    expect((await failText('', { set: [`${variable}=${value}`] })).message).toBe(
      `${message} (--set ${variable})`,
    );
  });

  it('takes the words 1 and 0 for a bool from the environment', async () => {
    expect((await loadText('', { env: { MINIO_USE_SSL: '1' } })).value.milvus.storage.useSSL).toBe(true);
  });

  it('ignores the variable that Kubernetes sets for a service named milvus', async () => {
    const resolved = await loadText('', { env: { MILVUS_PORT: 'tcp://10.0.0.1:19530' } });
    expect(resolved.value.milvus.grpc.port).toBe(19530);
    expect(resolved.warnings).toEqual([expect.stringContaining('MILVUS_PORT holds a URL and is ignored')]);
  });

  it('keeps an unquoted text with a leading zero and tells of the Go tool', async () => {
    const resolved = await loadText('milvus:\n  password: 0123\n');
    expect(resolved.value.milvus.password).toBe('0123');
    expect(resolved.warnings).toEqual([expect.stringMatching(/^milvus\.password in line 2 begins with 0/)]);
    expect((await loadText('milvus:\n  password: "0123"\n')).warnings).toEqual([]);
  });

  it('wants a list for the endpoints of etcd in v2, commas in --set', async () => {
    const error = await failText(v2('milvus:\n  etcd:\n    endpoints: a:1\n'));
    expect(error.message).toContain('milvus.etcd.endpoints: must be a YAML list, got string');
    const set = ['"milvus.etcd.endpoints=a:1,b:2"'];
    expect((await loadText(null, { set })).value.milvus.etcd.endpoints).toEqual(['a:1', 'b:2']);
    const file = v2('milvus:\n  etcd:\n    endpoints: [a:1, 5]\n');
    expect((await loadText(file)).value.milvus.etcd.endpoints).toEqual(['a:1', '5']);
    expect((await failText(v2('milvus:\n  etcd:\n    endpoints: [{a: 1}]\n'))).message).toContain(
      'got a map in it',
    );
  });
});

describe('inheritance', () => {
  it('gives backups in v2 what Milvus has, but for the paths', async () => {
    const text =
      'milvus:\n  storage: {address: s, port: 1, region: r, useSSL: true, bucketName: b, rootPath: x, milvusAddress: m, milvusPort: 2, auth: {accessKeyID: i, secretAccessKey: k, sessionToken: t}}';
    const { value } = await loadText(v2(text));
    const { path: _, ...milvus } = value.milvus.storage;
    expect(value.backup.storage).toEqual({
      ...milvus,
      path: 'backup.storage',
      rootPath: 'backup',
      milvusAddress: '',
      milvusPort: 0,
    });
    expect(value.milvus.storage.milvusPort).toBe(2);
  });

  it('reports where an inherited value stands', async () => {
    const resolved = await loadText('minio:\n  bucketName: b\n', { env: { MINIO_ADDRESS: 'h' } });
    expect(show(resolved, 'backup.storage.bucketName')).toBe('b inherited minio.bucketName');
    expect(show(resolved, 'backup.storage.address')).toBe('h inherited minio.address');
  });

  it('gives backups in v1 the root path too', async () => {
    expect((await loadText('')).value.backup.storage.rootPath).toBe('files');
    expect((await loadText('', { set: ['minio.rootPath=x'] })).value.backup.storage.rootPath).toBe('x');
    expect((await loadText(v2(''))).value.backup.storage.rootPath).toBe('backup');
  });

  it.each([
    ['backupRegion', '""', 'region', ''],
    ['backupUseSSL', 'false', 'useSSL', false],
    ['backupRootPath', '""', 'rootPath', ''],
    ['backupToken', '""', 'token', undefined],
  ])('is stopped by %s: %s', async (key, written, name, expected) => {
    const text = `minio:\n  region: r\n  useSSL: true\n  rootPath: x\n  token: t\n  ${key}: ${written}\n`;
    const { storage } = (await loadText(text)).value.backup;
    if (name === 'token') expect(storage.auth.sessionToken).toBe('');
    else expect(storage[name as 'region' | 'useSSL' | 'rootPath']).toBe(expected);
  });

  it('does not take the Google key file over', async () => {
    const error = await failText('minio:\n  storageType: gcpnative\n  gcpCredentialJSON: key.json\n');
    expect(error.message).toContain('minio.backupGcpCredentialJSON: is required');
  });

  it('takes a foreign driver over unless the backup names a provider', async () => {
    const text = 'milvus:\n  storage:\n    driver: acme\n    options: {Zone: 1}\n';
    const both = (await loadText(v2(text))).value;
    expect(both.milvus.storage).toMatchObject({ driver: 'acme', options: { Zone: 1 } });
    expect(both.backup.storage).toMatchObject({ driver: 'acme', options: { Zone: 1 } });
    const own = (await loadText(v2(`${text}backup:\n  storage:\n    provider: minio\n`))).value;
    expect(own.backup.storage).not.toHaveProperty('driver');
    expect(own.backup.storage).not.toHaveProperty('options');
    const other = (await loadText(v2(`${text}backup:\n  storage:\n    driver: b\n`))).value;
    expect(other.backup.storage.driver).toBe('b');
    expect(other.backup.storage).not.toHaveProperty('options');
  });

  it.each([
    [
      'v2',
      v2(
        'milvus:\n  storage:\n    address: secret.host\n    port: 9111\n    region: r\n    auth: {accessKeyID: id-of-milvus, secretAccessKey: key-of-milvus, sessionToken: token-of-milvus}\nbackup:\n  storage:\n    driver: b\n',
      ),
    ],
    [
      'v1',
      'minio:\n  address: secret.host\n  port: 9111\n  region: r\n  accessKeyID: id-of-milvus\n  secretAccessKey: key-of-milvus\n  token: token-of-milvus\n  backupDriver: b\n',
    ],
  ])(
    'gives a package of the backup alone neither address nor credentials of Milvus (%s)',
    async (_v, text) => {
      const { storage } = (await loadText(text)).value.backup;
      expect(storage).toMatchObject({ driver: 'b', address: 'localhost', port: 9000, region: '' });
      expect(JSON.stringify(storage)).not.toMatch(/of-milvus|secret\.host/);
    },
  );

  it('takes options from --set and from v1', async () => {
    const set = ['milvus.storage.options.Zone=z', 'backup.storage.options.Level=3'];
    const { value } = await loadText(null, { set });
    expect(value.milvus.storage.options).toEqual({ Zone: 'z' });
    expect(value.backup.storage.options).toEqual({ Zone: 'z', Level: '3' });
    const v1 = (await loadText('minio:\n  driver: acme\n  options:\n    A: 1\n  backupDriver: b\n')).value;
    expect(v1.milvus.storage).toMatchObject({ driver: 'acme', options: { A: 1 } });
    expect(v1.backup.storage.driver).toBe('b');
  });
});
