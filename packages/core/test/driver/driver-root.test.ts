import { expect, it } from 'vitest';
import { driverRoot } from '../../src/driver/index.js';
import { thrownBy } from './thrown-by.js';

it.each([
  ['', ''],
  ['/', ''],
  ['files', 'files'],
  ['files/', 'files'],
  ['/files', 'files'],
  ['a//b///c/', 'a/b/c'],
  ['./a/./b/.', 'a/b'],
  ['.hidden', '.hidden'],
])('rootPath %j gives the prefix %j', (rootPath, expected) => {
  expect(driverRoot({ path: 'backup.storage', provider: 'minio', rootPath })).toBe(expected);
});

it('is empty for local, whose driver is inside the directory already', () => {
  expect(driverRoot({ path: 'backup.storage', provider: 'local', rootPath: '/data/../x' })).toBe('');
});

it('refuses a way out', async () => {
  const error = await thrownBy(() =>
    driverRoot({ path: 'backup.storage', provider: 's3', rootPath: 'a/../b' }),
  );
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { key: 'backup.storage.rootPath' } });
});
