import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { migrateConfig } from '../../src/config/index.js';
import type { KeySpec } from '../../src/config/key-spec.js';
import { schemaV1 } from '../../src/config/schema-v1.js';
import type { BackupConfig, StorageSection } from '../../src/config/types.js';
import { credentialsOf } from '../../src/config/validate-storage.js';
import { isBackupError } from '../../src/errors/index.js';
import { loadText } from './load-text.js';

const hard = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    '0123',
    'yes',
    'null',
    '1e3',
    '# no comment',
    ': x',
    '"',
    "'",
    '- a',
    '*a',
    '&a',
    '!a',
    ' ',
    '~',
  ),
);

/** A value of the kind that a key takes; providers are real ones, or nothing else would be reached. */
function arbitraryOf(spec: KeySpec): fc.Arbitrary<unknown> {
  if (/storageType$/i.test(spec.key))
    return fc.constantFrom('minio', 'S3', 'ali', 'azure', 'gcpnative', 'local');
  if (spec.key === 'log.level') return fc.constantFrom('debug', 'INFO', 'fatal');
  if (spec.key.endsWith('gcPause.address')) return fc.constantFrom('', 'http://m:1', 'https://m/x');
  if (spec.type === 'bool') return fc.boolean();
  if (spec.type === 'int') return fc.integer({ min: 1, max: 65_535 });
  return hard;
}

const setting = fc
  .constantFrom(
    ...schemaV1.specs.filter(
      ({ type, key }) => type !== 'map' && !/driver$/i.test(key) && !key.startsWith('server.'),
    ),
  )
  .chain((spec) => arbitraryOf(spec).map((value) => [spec.key, value] as const));

/** Without what provider and way of authentication do not use: the new file leaves those out. */
function meaning(config: BackupConfig): object {
  const used = (section: StorageSection): object => {
    const names = ['type', ...credentialsOf(section.auth.type)];
    const auth = Object.entries(section.auth).filter(([name]) => names.includes(name));
    const accountName = section.provider === 'azure' ? section.accountName : '';
    return { ...section, accountName, auth: Object.fromEntries(auth) };
  };
  const { milvus, backup } = config;
  return {
    ...config,
    milvus: { ...milvus, storage: used(milvus.storage) },
    backup: { ...backup, storage: used(backup.storage) },
  };
}

it('whatever a file of v1 says, the migrated file means the same', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'round-'));
  try {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(setting, { selector: ([key]) => key, maxLength: 10 }),
        async (settings) => {
          const text = stringify(Object.fromEntries(settings));
          writeFileSync(join(cwd, 'backup.yaml'), text);
          const { text: migrated, problems } = await migrateConfig({ path: null, env: {}, cwd });
          expect(await migrateConfig({ path: null, env: {}, cwd })).toEqual({
            text: migrated,
            report: expect.anything(),
            problems,
          });
          if (problems.length > 0) return;
          const before = await loadText(text).catch((error: unknown) => {
            if (!isBackupError(error)) throw error;
            return null;
          });
          if (before === null) return;
          compared += 1;
          const after = await loadText(migrated);
          expect(after.warnings).toEqual([]);
          expect(meaning(after.value)).toEqual(meaning(before.value));
        },
      ),
      { numRuns: 100 },
    );
    // most of what is made is valid, or the property would say little
    expect(compared).toBeGreaterThan(20);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
