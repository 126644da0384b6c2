/**
 * The Go tool's own HTTP tests, run by pytest against our server. Run where that suite is at hand:
 * `MILVUS_BACKUP_PEER_TESTS=/path/to/milvus-backup/tests npm run test:peer-suite`. Its clients have the address
 * `http://localhost:8080` in their text, so that port must be free. README.md says how to set up its Python.
 */
import { silentLogger } from '@milvus-backup/core';
import { createApp, serve } from '@milvus-backup/server';
import { startStack, tempDir } from '@milvus-backup/test-support';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { openOver } from '../test/harness/open.js';

/** Those whose subject Milvus 2.3 has; RBAC, L0 compaction and replication need newer servers. */
const files = [
  'test_create_backup.py',
  'test_delete_backup.py',
  'test_get_backup.py',
  'test_get_restore.py',
  'test_list_backup.py',
  'test_restore_backup.py',
];

/** The whole suite takes its time. */
const patience = 3_600_000;

it(
  "the Go tool's HTTP tests pass against our server",
  async () => {
    const tests = process.env.MILVUS_BACKUP_PEER_TESTS;
    if (!tests) throw new Error("set MILVUS_BACKUP_PEER_TESTS to the folder of the Go tool's Python tests");
    const python = process.env.MILVUS_BACKUP_PEER_PYTHON || 'python3';
    // Words for pytest, such as `-k list -x`, to run a part of it.
    const more = (process.env.MILVUS_BACKUP_PEER_PYTEST || '').split(' ').filter((word) => word !== '');
    const dir = await tempDir();
    const stack = await startStack();
    try {
      const service = await openOver(stack, dir.path, { bucket: 'a-bucket', root: 'backup' });
      const app = createApp({ service, logger: silentLogger, version: '0.0.0-test' });
      const server = await serve(app, { port: 8080, hostname: 'localhost' });
      try {
        const { exitCode } = await execa(
          python,
          ['-m', 'pytest', '-q', '--host', '127.0.0.1', '--port', String(stack.milvus.port)].concat(
            more,
            files.map((file) => `testcases/${file}`),
          ),
          { cwd: tests, reject: false, stdio: 'inherit', timeout: patience },
        );
        expect(exitCode).toBe(0);
      } finally {
        await server.close();
        await service.close();
      }
    } finally {
      await stack.stop();
      await dir.remove();
    }
  },
  patience + 120_000,
);
