import { describe, expect, it } from 'vitest';
import { renderConfigJson, renderConfigTable } from '../../src/config/index.js';
import { failText, loadText, show } from './load-text.js';

const text = `configVersion: v2
storages:
  offsite:
    provider: s3
    address: far
    port: 443
    bucketName: copies
    rootPath: /deep/root/
    auth:
      accessKeyID: id
      secretAccessKey: VerySecretValue
  Disk:
    provider: local
    rootPath: /mnt/backups
  tape:
    driver: acme-tape
    options:
      Robot: 7
      pin: VerySecretValue
`;

describe('named storages', () => {
  it('have the keys of a storage section, each with its own values', async () => {
    const resolved = await loadText(text);
    const { storages } = resolved.value;
    expect(resolved.warnings).toEqual([]);
    expect(Object.keys(storages)).toEqual(['offsite', 'Disk', 'tape']);
    expect(storages.offsite).toMatchObject({
      path: 'storages.offsite',
      provider: 's3',
      address: 'far',
      rootPath: 'deep/root',
      auth: { type: 'static', secretAccessKey: 'VerySecretValue' },
    });
    expect(storages.Disk).toMatchObject({ provider: 'local', rootPath: '/mnt/backups' });
    expect(storages.tape).toMatchObject({ driver: 'acme-tape', options: { Robot: 7 } });
    expect((await loadText('configVersion: v2')).value.storages).toEqual({});
  });

  it('take nothing over from the section of Milvus', async () => {
    const { value } = await loadText(`${text}milvus:\n  storage:\n    address: near\n    region: eu\n`);
    expect(value.backup.storage.address).toBe('near');
    expect(value.storages.Disk).toMatchObject({ address: 'localhost', region: '' });
  });

  it('are shown with origin, secrets masked', async () => {
    const env = { STORAGES_OFFSITE_AUTH_SECRET_ACCESS_KEY: 'OtherSecret' };
    const resolved = await loadText(text, { env, set: ['storages.offsite.bucketName=b2'] });
    expect(show(resolved, 'storages.offsite.address')).toBe('far config storages.offsite.address');
    expect(show(resolved, 'storages.offsite.bucketName')).toBe('b2 override storages.offsite.bucketName');
    expect(show(resolved, 'storages.offsite.auth.secretAccessKey')).toBe(
      'Ot****et env STORAGES_OFFSITE_AUTH_SECRET_ACCESS_KEY',
    );
    expect(show(resolved, 'storages.tape.options')).toBe('{Robot, pin} config storages.tape.options');
    for (const shown of [renderConfigTable(resolved), renderConfigJson(resolved)]) {
      expect(shown).not.toContain('VerySecretValue');
      expect(shown).not.toContain('OtherSecret');
    }
  });

  it('can be made with --set alone', async () => {
    const set = ['storages.usb.provider=local', 'storages.usb.rootPath=/usb'];
    expect((await loadText(null, { set })).value.storages.usb).toMatchObject({ rootPath: '/usb' });
  });

  it.each([
    ['storages:\n  backup:\n    provider: s3\n', /storages.backup: this name stands for backup.storage/],
    ['storages:\n  my-site:\n    provider: s3\n', /storages.my-site: is no name for a store/],
    ['storages:\n  a:\n    provider: tape\n', /storages.a.provider: invalid value "tape"/],
    [
      'storages:\n  a:\n    provider: azure\n    accountName: ""\n',
      /storages.a.accountName: is required for azure/,
    ],
  ])('refuse %j', async (lines, message) => {
    const error = await failText(`configVersion: v2\n${lines}`);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/line \d/);
  });

  it.each([
    ['configVersion: v2\nstorages:\n  a:\n    bucket: b\n', /storages.a.bucket in line 4 is ignored/],
    ['configVersion: v2\nstorages: x\n', /storages in line 2 is ignored: it is a section/],
    ['storages:\n  a:\n    provider: s3\n', /is ignored: named stores need schema v2/],
  ])('warn of %j', async (lines, warning) => {
    expect((await loadText(lines)).warnings.join('\n')).toMatch(warning);
  });
});
