import { describe, expect, it } from 'vitest';
import { maskSecret, renderConfigJson, renderConfigTable } from '../../src/config/index.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { loadText } from './load-text.js';

describe('masking', () => {
  it.each([
    ['', ''],
    ['a', '****'],
    ['abcd', '****'],
    ['éé', '****'],
    ['abcde', 'ab****de'],
    ['Milvus', 'Mi****us'],
    ['ééé', 'éé****éé'],
  ])('%j is shown as %j', (secret, shown) => {
    expect(maskSecret(secret)).toBe(shown);
  });

  it('hides every secret, a password in a URL and options of a driver', async () => {
    const set = schemaV2.specs
      .filter(({ secret, key }) => secret && !key.endsWith('accountKey'))
      .map(({ key }) => `${key}=TopSecretValue`);
    set.push('milvus.rest.endpoint=http://me:TopSecretValue@host/x', 'milvus.storage.driver=acme');
    set.push('milvus.storage.options.apiKey=TopSecretValue', 'milvus.storage.auth.accountKey=TopSecretValue');
    const resolved = await loadText(null, { set });
    expect(resolved.value.zillizCloud.apiKey).toBe('TopSecretValue');
    const shown = renderConfigTable(resolved) + renderConfigJson(resolved) + resolved.warnings.join();
    expect(shown).not.toContain('TopSecretValue');
    expect(shown).toContain('To****ue');
    expect(shown).toContain('http://****@host/x');
    expect(shown).toContain('{apiKey}');
  });
});

describe('the listing', () => {
  it('is a table with two blanks between columns', async () => {
    const resolved = await loadText('minio:\n  rootPath: x\n', {
      env: { MILVUS_USER: 'root' },
      set: ['MILVUS_PORT=1'],
    });
    const lines = renderConfigTable(resolved).split('\n');
    expect(lines[0]).toMatch(/^PARAMETER {2,}VALUE {2,}SOURCE {2,}SOURCE_KEY$/);
    expect(lines[1]).toMatch(/^-+ {2}-+ {2}-+ {2}-+$/);
    const rows = lines.slice(2).map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(['milvus.user', 'root', 'env', 'MILVUS_USER']);
    expect(rows).toContainEqual(['milvus.grpc.port', '1', 'override', 'milvus_port']);
    expect(rows).toContainEqual(['milvus.storage.rootPath', 'x', 'config', 'minio.rootpath']);
    expect(rows).toContainEqual(['backup.storage.rootPath', 'x', 'inherited', 'minio.rootpath']);
    expect(lines.at(-1)).toBe('');
    expect(lines.some((line) => line.endsWith(' '))).toBe(false);
  });

  it('lists every key of schema v2 in its order', async () => {
    const keys = schemaV2.specs.filter(({ quiet }) => !quiet).map(({ key }) => key);
    for (const text of ['', 'configVersion: v2'])
      expect((await loadText(text)).entries.map(({ key }) => key)).toEqual(keys);
  });

  it('keeps a value on its line', async () => {
    const resolved = await loadText('milvus:\n  user: "a\\nb\\e[31m"\n');
    expect(renderConfigTable(resolved)).toContain('a\\u000ab\\u001b[31m');
  });

  it('is JSON with lines for programs', async () => {
    const shown: unknown = JSON.parse(renderConfigJson(await loadText('milvus:\n  user: u\n')));
    expect(shown).toMatchObject({
      version: 'v1',
      warnings: [],
      settings: expect.arrayContaining([
        { key: 'milvus.user', value: 'u', source: 'config', sourceKey: 'milvus.user', line: 2 },
      ]),
    });
  });
});
