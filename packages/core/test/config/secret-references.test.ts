import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { migrateConfig, renderConfigJson, renderConfigTable } from '../../src/config/index.js';
import { schemaV1 } from '../../src/config/schema-v1.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { isCredential } from '../../src/config/secret-references.js';
import { failText, loadText, nest, show } from './load-text.js';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const hush = 'hush-Hush-4711';
const file = put('secret', `${hush}\r\n`);
mkdirSync(join(folder, 'dir'));

const v2 = 'configVersion: v2\n';
const azure = { set: ['milvus.storage.provider=azure', 'milvus.storage.accountName=a'] };

describe('a secret by reference', () => {
  const keys = [...schemaV1.specs, ...schemaV2.specs].filter(isCredential).map(({ key }) => key);

  it('may stand in every key with a credential', () => {
    expect(keys).toEqual(
      expect.arrayContaining([
        'milvus.password',
        'milvus.user',
        'minio.secretAccessKey',
        'minio.backupToken',
        'minio.gcpCredentialJSON',
        'cloud.apikey',
        'zillizCloud.apiKey',
        'backup.storage.auth.sessionToken',
        'milvus.storage.auth.accountKey',
      ]),
    );
    expect(keys).not.toContain('milvus.address');
  });

  it('is read from a file without its line end, and the origin is that file', async () => {
    const resolved = await loadText(`${v2}${nest('milvus.password', `"\${file:${file}}"`)}`);
    expect(resolved.value.milvus.password).toBe(hush);
    expect(show(resolved, 'milvus.password')).toBe(`hu****11 file ${file}`);
    expect(resolved.entries.find(({ key }) => key === 'milvus.password')).toMatchObject({ line: 3 });
    for (const shown of [renderConfigTable(resolved), renderConfigJson(resolved)]) {
      expect(shown).toContain(file);
      expect(shown).not.toContain(hush);
    }
  });

  it('is read from the environment, and the origin is that variable', async () => {
    const text = `${v2}zillizCloud: { apiKey: "\${env:MY_KEY}" }\n`;
    const resolved = await loadText(text, { env: { MY_KEY: hush } });
    expect(resolved.value.zillizCloud.apiKey).toBe(hush);
    expect(show(resolved, 'zillizCloud.apiKey')).toBe('hu****11 env MY_KEY');
  });

  it.each([
    ['--set', { set: [`milvus.password=\${file:${file}}`] }],
    ['a variable', { env: { MILVUS_PASSWORD: `\${file:${file}}` } }],
  ])('may come by %s', async (_, around) => {
    expect((await loadText(v2, around)).value.milvus.password).toBe(hush);
    expect((await loadText('', around)).value.milvus.password).toBe(hush);
  });

  it('is inherited by the backup section, in both schemas', async () => {
    for (const [text, key] of [
      [`minio:\n  secretAccessKey: "\${file:${file}}"\n`, 'minio.secretAccessKey'],
      [
        `${v2}${nest('milvus.storage.auth.secretAccessKey', `"\${file:${file}}"`)}`,
        'milvus.storage.auth.secretAccessKey',
      ],
    ] as const) {
      const resolved = await loadText(text);
      expect(resolved.value.milvus.storage.auth.secretAccessKey).toBe(hush);
      expect(resolved.value.backup.storage.auth.secretAccessKey).toBe(hush);
      expect(show(resolved, 'backup.storage.auth.secretAccessKey')).toBe(`hu****11 inherited ${key}`);
    }
  });

  it('may stand anywhere in the options of a driver and in a named store', async () => {
    const resolved = await loadText(
      `${v2}milvus:\n  storage:\n    driver: x\n    options: { a: { b: ["\${env:K}", 1] }, c: plain }\n` +
        `storages:\n  far:\n    auth: { secretAccessKey: "\${file:${file}}" }\n`,
      { env: { K: hush } },
    );
    expect(resolved.value.milvus.storage.options).toEqual({ a: { b: [hush, 1] }, c: 'plain' });
    expect(resolved.value.storages.far?.auth.secretAccessKey).toBe(hush);
  });

  it('is the whole value or none', async () => {
    for (const text of [`x\${file:${file}}`, `\${FILE:x}`, `\${file:}`, `$\${env:X}`, `\${env:}`]) {
      const resolved = await loadText(v2, { set: [`milvus.password=${text}`] });
      expect(resolved.value.milvus.password).toBe(text);
    }
  });

  it('is not read for what is no credential, which is told', async () => {
    const resolved = await loadText(v2, { set: [`milvus.grpc.address=\${file:${file}}`] });
    expect(resolved.value.milvus.grpc.address).toBe(`\${file:${file}}`);
    expect(resolved.warnings).toEqual([expect.stringContaining('milvus.grpc.address is taken as it stands')]);
  });

  it.each<[string, string, RegExp]>([
    ['a missing file', `\${file:/nosuch/file}`, /the file \/nosuch\/file, which cannot be read \(ENOENT\)/],
    ['a folder', `\${file:${folder}/dir}`, /cannot be read \(EISDIR\)|is empty/],
    ['an empty file', `\${file:${put('empty', '\n')}}`, /is empty/],
    ['a file that is far too long', `\${file:${put('long', hush.repeat(9_000))}}`, /more than 65536 bytes/],
    ['a device without an end', `\${file:/dev/zero}`, /more than 65536 bytes/],
    ['bytes', `\${file:${put('bytes', Uint8Array.of(0xff, 0xfe, 0x80))}}`, /is no UTF-8 text/],
    ['a variable that is not set', `\${env:NOSUCH}`, /variable NOSUCH, which is not set/],
    ['a variable that is empty', `\${env:EMPTY}`, /variable EMPTY, which is empty/],
  ])('names the key for %s', async (_, text, message) => {
    const error = await failText(null, { set: [`milvus.password=${text}`], env: { EMPTY: '' } });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^cfg: milvus\.password: /);
    expect(error.message).toContain('(--set milvus.password)');
    expect(error.message + error.remedy).not.toContain(hush);
    expect(error.remedy).toBeTruthy();
  });

  it('tells a wrong one once, not for its heirs', async () => {
    const error = await failText(`minio: { secretAccessKey: "\${env:NOSUCH}" }`);
    expect(error.details.problems).toBe(1);
  });

  it('does not show what it read when that is wrong for its key', async () => {
    const error = await failText(v2, {
      set: [...azure.set, `milvus.storage.auth.secretAccessKey=\${file:${file}}`],
    });
    expect(error.message).not.toContain(hush);
  });

  it('is written as it stands by a migration', async () => {
    writeFileSync(join(folder, 'backup.yaml'), `milvus: { password: "\${file:${file}}" }\n`);
    const { text, problems } = await migrateConfig({ path: null, env: {}, cwd: folder });
    expect(problems).toEqual([]);
    expect(text).toContain(`password: "\${file:${file}}"`);
    expect(text).not.toContain(hush);
  });
});
