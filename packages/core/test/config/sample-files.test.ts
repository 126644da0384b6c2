import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createJsonSchema, loadConfig } from '../../src/config/index.js';
import type { Schema } from '../../src/config/key-spec.js';
import { readYaml } from '../../src/config/read-yaml.js';
import { schemaV1 } from '../../src/config/schema-v1.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { loadText } from './load-text.js';

const folder = fileURLToPath(new URL('../../../../configs/', import.meta.url));
const load = (name: string) => loadConfig({ path: name, env: {}, cwd: folder, set: [] });
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Keys of a sample, those in commented-out lines too. */
function keysOf(name: string): readonly string[] {
  const text = readFileSync(`${folder}${name}`, 'utf8').replace(
    /^( *)# (?=(?: {2})*[A-Za-z]+:( |$))/gm,
    '$1',
  );
  return [...readYaml(text, name, (path) => path.endsWith('.options')).entries.values()].map(
    ({ key }) => key,
  );
}

describe('backup.schema.json', () => {
  it('is what the tables say (after a change: JSON.stringify(createJsonSchema()) into the file)', () => {
    const stored: unknown = JSON.parse(readFileSync(`${folder}backup.schema.json`, 'utf8'));
    expect(stored).toEqual(JSON.parse(JSON.stringify(createJsonSchema())));
  });

  it.each(files)('is named by %s', (name) => {
    expect(readFileSync(`${folder}${name}`, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/backup\.schema\.json\n/,
    );
  });
});

describe('sample files', () => {
  it.each(files)('%s is read without a warning', async (name) => {
    expect((await load(name)).warnings).toEqual([]);
  });

  it.each([
    ['backup.yaml', schemaV1],
    ['backup.v2.yaml', schemaV2],
  ] as const)('%s has every key, spelled as in the table', (name: string, schema: Schema) => {
    const expected = schema.specs
      .map(({ key }) => key)
      .filter((key) => !/\.(backup)?(driver|options)$/i.test(key));
    const present = keysOf(name).filter((key) => key !== 'configVersion' && !/\.(driver|options)$/.test(key));
    expect([...present].sort()).toEqual([...expected].sort());
  });

  it.each(['backup.yaml', 'backup.v2.yaml'])('%s says what the defaults are', async (name) => {
    const { value } = await load(name);
    const defaults = (await loadText('configVersion: v2')).value;
    expect(value).toEqual(defaults);
  });

  it('backup.yaml names the variable of each key', () => {
    const text = readFileSync(`${folder}backup.yaml`, 'utf8');
    for (const { env } of schemaV1.specs) if (env !== undefined) expect(text).toContain(`[${env}]`);
  });

  it('backup.v2.yaml names the variable of each key', () => {
    const text = readFileSync(`${folder}backup.v2.yaml`, 'utf8');
    for (const { env } of schemaV2.specs) if (env !== undefined) expect(text).toContain(`[${env}]`);
  });

  it('backup.helm.yaml has the bucket and root path of Helm and the operator', async () => {
    const { milvus, backup } = (await load('backup.helm.yaml')).value;
    expect(milvus.storage).toMatchObject({ bucketName: 'milvus-bucket', rootPath: 'file' });
    expect(backup.storage).toMatchObject({ bucketName: 'milvus-bucket', rootPath: 'backup' });
  });

  it('backup.local.yaml keeps backups in a directory', async () => {
    const { milvus, backup } = (await load('backup.local.yaml')).value;
    expect(milvus.storage.provider).toBe('minio');
    expect(backup.storage).toMatchObject({ provider: 'local', rootPath: 'milvus-backups' });
  });

  it('backup.cross-storage.yaml keeps backups in another store', async () => {
    const { milvus, backup, transfer } = (await load('backup.cross-storage.yaml')).value;
    expect(backup.storage.address).not.toBe(milvus.storage.address);
    expect(backup.storage).toMatchObject({ provider: 's3', port: 443, useSSL: true });
    expect(transfer.mode).toBe('streaming');
  });

  it('backup.offsite.v2.yaml names two further stores', async () => {
    const { storages } = (await load('backup.offsite.v2.yaml')).value;
    expect(storages.offsite).toMatchObject({ provider: 's3', port: 443, bucketName: 'my-milvus-backups' });
    expect(storages.disk).toMatchObject({ provider: 'local', rootPath: '/mnt/backups' });
  });
});
