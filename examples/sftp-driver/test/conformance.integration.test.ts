import { driverConformance } from '@milvus-backup/driver-conformance';
import { afterAll, beforeAll, describe } from 'vitest';
import { createSftpDriver } from '../src/index.js';
import { type SftpServer, startAsyncSsh, startRclone } from './servers.js';

/** What each server cannot do; see the README. */
const servers = {
  asyncssh: { start: startAsyncSsh, options: { conditionalPut: true, requestsAtOnce: 16 }, limits: {} },
  rclone: {
    start: startRclone,
    options: { conditionalPut: false, requestsAtOnce: 1 },
    limits: { readFailsOnReplace: true },
  },
} as const;

describe.each(Object.entries(servers))('%s', (name, { start, options, limits }) => {
  let server: SftpServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  driverConformance(
    `sftp driver, served by ${name}`,
    (bucket) =>
      createSftpDriver({
        ...server,
        section: 'backup.storage',
        host: '127.0.0.1',
        folder: `/${bucket}`,
        ...options,
        timeout: 30_000,
      }),
    { limits: { noObjectBesideFolder: true, keyPartBytes: 255, ...limits } },
  );
});
