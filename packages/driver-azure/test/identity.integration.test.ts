import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import type { StorageDriver } from '@milvus-backup/core/driver';
import { type AzuriteServer, startAzurite } from '@milvus-backup/test-support';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { driverPlugin } from '../src/index.js';
import { type Authority, startAuthority, tenant } from './fake-authority.js';
import { authFor, sectionOf } from './sections.js';

let server: AzuriteServer;
let authority: Authority;
const open: StorageDriver[] = [];

beforeAll(async () => {
  server = await startAzurite({ containers: ['data'], tls: true });
  await server.createContainer('data', 'account2');
  authority = await startAuthority(server);
  await writeFile(join(server.dir, 'assertion'), 'planted-assertion');
});
afterAll(async () => {
  for (const driver of open) await driver.close();
  await authority?.close();
  await server?.stop();
});

/** As in a pod with a workload identity: all that is needed stands in the environment. */
function openByIdentity(account: number, caFile = server.caFile): StorageDriver {
  const section = sectionOf(server, 'data', account);
  const env = {
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: '00000000-0000-4000-8000-000000000003',
    AZURE_FEDERATED_TOKEN_FILE: 'assertion',
    AZURE_AUTHORITY_HOST: authority.url,
  };
  const options = { credential: 'workloadIdentity', ...(caFile ? { caFile } : {}) };
  const driver = driverPlugin.createDriver(
    { ...section, auth: authFor({}), options },
    { env, cwd: server.dir },
  );
  open.push(driver);
  return driver;
}

it('a workload identity writes, reads, lists and deletes, by one token', async () => {
  const driver = openByIdentity(0);
  await driver.put('some/key', Buffer.from('content'));
  expect((await buffer((await driver.get('some/key')).body)).toString()).toBe('content');
  for await (const entry of driver.list('')) expect(entry).toMatchObject({ key: 'some/key', size: 7 });
  await driver.delete(['some/key']);
  expect(authority.requests).toHaveLength(1);
  expect(authority.requests[0]?.get('client_assertion')).toBe('planted-assertion');
  expect(authority.requests[0]?.get('scope')).toContain('https://storage.azure.com/.default');
});

it('copies from another account by a user delegation key', async () => {
  const source = openByIdentity(0);
  const target = openByIdentity(1);
  const content = Buffer.alloc(20_000_000, 'content');
  await source.put('large', content);
  await target.copyFrom(source, 'large', 'small');
  await target.copyFrom(source, 'large', 'ranged', { multipartThreshold: 1 });
  for (const key of ['small', 'ranged']) {
    expect(Buffer.compare(await buffer((await target.get(key)).body), content)).toBe(0);
  }
});

it('a certificate that is not trusted', async () => {
  const driver = driverPlugin.createDriver(
    { ...sectionOf(server, 'data'), options: {} },
    { env: {}, cwd: '/' },
  );
  open.push(driver);
  await expect(driver.head('key')).rejects.toMatchObject({
    code: 'STORAGE_UNREACHABLE',
    retryable: false,
    remedy: expect.stringContaining('caFile'),
  });
});

it('an identity that gets no token, and whose assertion appears nowhere', async () => {
  const section = { ...sectionOf(server, 'data'), auth: authFor({}) };
  const env = {
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: 'client',
    AZURE_FEDERATED_TOKEN_FILE: 'assertion',
    // Azurite knows nothing of tokens.
    AZURE_AUTHORITY_HOST: server.endpoint,
  };
  const options = { credential: 'workloadIdentity', caFile: server.caFile };
  const driver = driverPlugin.createDriver({ ...section, options }, { env, cwd: server.dir });
  open.push(driver);
  const error = await driver.head('key').catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'STORAGE_AUTH', remedy: expect.stringContaining('identity') });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('planted');
});
