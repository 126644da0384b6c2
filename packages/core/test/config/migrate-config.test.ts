import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { migrateConfig } from '../../src/config/index.js';
import { isBackupError } from '../../src/errors/index.js';
import { loadText } from './load-text.js';

const samples = fileURLToPath(new URL('../../../../configs/', import.meta.url));

async function migrate(text: string, env: Readonly<Record<string, string>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'migrate-'));
  try {
    writeFileSync(join(cwd, 'backup.yaml'), text);
    return await migrateConfig({ path: null, env, cwd });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

describe('migration to schema v2', () => {
  it.each(readdirSync(samples).filter((name) => name.endsWith('.yaml') && !name.includes('.v2.')))(
    '%s means the same afterwards',
    async (name) => {
      const text = readFileSync(join(samples, name), 'utf8');
      const { text: migrated, problems } = await migrate(text);
      expect(problems).toEqual([]);
      expect(migrated.startsWith('configVersion: v2\nlog:\n  level: info\n')).toBe(true);
      const after = await loadText(migrated);
      expect(after.version).toBe('v2');
      expect(after.warnings).toEqual([]);
      const before = (await loadText(text)).value;
      expect(after.value).toMatchObject({
        ...before,
        backup: { ...before.backup, storage: { rootPath: before.backup.storage.rootPath } },
      });
      if (before.backup.storage.provider !== 'local') expect(after.value.backup).toEqual(before.backup);
    },
  );

  it('has nothing to say of a plain file', async () => {
    expect((await migrate('minio:\n  backupRootPath: backup\n')).report).toEqual([]);
  });

  it('keeps a secret of the environment out of the file, also where it is inherited', async () => {
    const env = { MINIO_SECRET_KEY: 's3cretvalue', MILVUS_PASSWORD: 's3cretvalue', MINIO_ADDRESS: 'h' };
    const { text, report } = await migrate('minio:\n  backupRootPath: backup\n', env);
    expect(text + report.join('\n')).not.toContain('s3cret');
    expect(text).toContain('# milvus.password: set via env MILVUS_PASSWORD');
    expect(text).toContain(
      '# milvus.storage.auth.secretAccessKey: set via env MILVUS_STORAGE_AUTH_SECRET_ACCESS_KEY',
    );
    expect(report[0]).toMatch(/^# migration report for .*backup\.yaml$/);
    expect(report).toContain('MINIO_SECRET_KEY -> MILVUS_STORAGE_AUTH_SECRET_ACCESS_KEY');
    expect(report).toContain('MINIO_ADDRESS -> milvus.storage.address in the file');
    expect((await loadText(text)).value.backup.storage.address).toBe('h');
  });

  it('writes only credentials that apply', async () => {
    const { text } = await migrate(
      'minio:\n  storageType: azure\n  accessKeyID: acc\n  secretAccessKey: "0123"\n',
    );
    expect(text).toContain('accountName: acc');
    expect(text).toContain('accountKey: "0123"');
    expect(text).not.toMatch(/accessKeyID|credentialsFile|localPath/);
    expect((await loadText(text)).value.backup.storage.auth.accountKey).toBe('0123');
  });

  it('says what is easily overlooked', async () => {
    const { report, text } = await migrate('minio:\n  backupAddress: other\n  adress: x\n');
    expect(report.join('\n')).toMatch(/backups lie under the root path of Milvus, files/);
    expect(report.join('\n')).toMatch(/the two stores differ/);
    expect(report.join('\n')).toMatch(/minio\.adress in line 3 is ignored/);
    expect((await loadText(text)).value.backup.storage.rootPath).toBe('files');
    expect((await migrate('minio:\n  crossStorage: true\n')).text).toContain(
      'mode: streaming # from minio.crossStorage',
    );
  });

  it('writes an invalid result and says what is wrong with it', async () => {
    const { text, problems, report } = await migrate('backup:\n  parallelism:\n    copydata: 0\n');
    expect(text).toContain('configVersion: v2');
    expect(problems).toEqual([expect.stringContaining('backup.parallelism.copydata: invalid value 0')]);
    expect(report.join('\n')).toContain(`warning: ${problems[0]}`);
  });

  it('refuses a file of schema v2', async () => {
    const error: unknown = await migrate('configVersion: v2').catch((e: unknown) => e);
    expect(isBackupError(error) && error.message).toContain('is of schema v2 already');
  });
});
