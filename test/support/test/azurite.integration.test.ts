import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startAzurite } from '../src/index.js';
import { isProcessAlive } from '../src/node-errors.js';

test('two Azurites at once, one with TLS, each gone with its folder when it is stopped', async () => {
  const servers = await Promise.all([
    startAzurite({ containers: ['some-container'] }),
    startAzurite({ containers: ['some-container'], accounts: ['one'], tls: true }),
  ]);
  const [plain, secure] = servers;
  expect(plain.accounts.map(({ accountName }) => accountName)).toEqual(['account1', 'account2']);
  expect(plain.port).not.toBe(secure.port);
  expect((await fetch(`${plain.accounts[1]?.url}?comp=list`)).status).toBe(403);
  expect(secure.endpoint).toMatch(/^https:/);
  await plain.createContainer('some-container', 'account2');
  await Promise.all(servers.map((server) => server.stop()));
  for (const { pid, dir } of servers) {
    expect(isProcessAlive(pid)).toBe(false);
    await expect(stat(dir)).rejects.toMatchObject({ code: 'ENOENT' });
  }
});
