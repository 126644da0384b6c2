import { describe, expect, test } from 'vitest';
import { makeRbac, type RbacMeta } from '../../src/meta/index.js';
import { missingRbac } from '../../src/restore/rbac.js';
import { planBackup } from './backups.js';
import { bookOf, makeRestoreBench } from './restore-bench.js';

type Grant = RbacMeta['grants'][number];

const grant = (given: Partial<Grant> = {}): Grant => ({
  role: { name: 'reader' },
  object: { name: 'Collection' },
  object_name: 'books',
  grantor: { user: { name: 'root' }, privilege: { name: 'Search' } },
  db_name: 'default',
  ...given,
});
const held: RbacMeta = {
  users: [
    { user: 'root', password: 'x', roles: [{ name: 'admin' }] },
    { user: 'ann', password: 'y', roles: [{ name: 'reader' }] },
  ],
  roles: [{ name: 'admin' }, { name: 'reader' }],
  grants: [grant(), grant({ object_name: 'users' })],
  privilege_groups: [
    { group_name: 'read', privileges: [{ name: 'Search' }] },
    { group_name: 'write', privileges: [{ name: 'Insert' }] },
  ],
};

describe('what the target lacks', () => {
  test('is all of it in a new Milvus, and nothing where all is there', () => {
    expect(missingRbac(held, makeRbac({}))).toEqual(held);
    expect(missingRbac(held, held)).toEqual(makeRbac({}));
  });

  test('is told by name: who is there keeps password, roles and privileges', () => {
    const present: RbacMeta = {
      users: [{ user: 'root', password: 'other', roles: [] }],
      roles: [{ name: 'admin' }],
      grants: [],
      privilege_groups: [{ group_name: 'read', privileges: [] }],
    };
    const missing = missingRbac(held, present);
    expect(missing.users.map((one) => one.user)).toEqual(['ann']);
    expect(missing.roles).toEqual([{ name: 'reader' }]);
    expect(missing.privilege_groups.map((one) => one.group_name)).toEqual(['write']);
  });

  test.each<[string, Partial<Grant>]>([
    ['object', { object: { name: 'Global' } }],
    ['name of the object', { object_name: '*' }],
    ['role', { role: { name: 'writer' } }],
    ['grantor', { grantor: { user: { name: 'ann' }, privilege: { name: 'Search' } } }],
    ['privilege', { grantor: { user: { name: 'root' }, privilege: { name: 'Query' } } }],
    ['database', { db_name: 'shop' }],
  ])('a grant with another %s is another grant', (_what, given) => {
    const one = { ...makeRbac({}), grants: [grant()] };
    expect(missingRbac(one, { ...one, grants: [grant(given)] }).grants).toEqual([grant()]);
  });

  test('a grant without database is one of the default database', () => {
    const one = { ...makeRbac({}), grants: [grant({ db_name: '' })] };
    expect(missingRbac(one, { ...one, grants: [grant()] }).grants).toEqual([]);
  });
});

describe('a restore with rbac', () => {
  const meta = { ...planBackup([bookOf([])], ['default']), rbac_meta: held };

  test('sends what is missing, before collections are made', async () => {
    const bench = await makeRestoreBench(meta);
    const sent: RbacMeta[] = [];
    await bench.restore(
      { rbac: true },
      {
        backupRbac: async () => ({ ...held, roles: [] }),
        restoreRbac: async (rbac) => {
          sent.push(rbac);
          expect(bench.changes).toEqual([]);
        },
      },
    );
    expect(sent).toEqual([{ ...makeRbac({}), roles: held.roles }]);
  });

  test('sends nothing where nothing is missing, and asks for nothing without the option', async () => {
    const bench = await makeRestoreBench(meta);
    await bench.restore({ rbac: true, suffix: '_1' }, { backupRbac: async () => held });
    await bench.restore({ suffix: '_2' });
    expect(bench.changes).toEqual(['create default.books_1', 'create default.books_2']);
    expect(bench.warnings).toEqual([]);
  });

  test('says so when the backup has none', async () => {
    const bench = await makeRestoreBench({ ...meta, rbac_meta: null });
    await bench.restore({ rbac: true });
    expect(bench.changes).toEqual(['create default.books']);
    expect(bench.warnings.join()).toContain('holds no users, roles and grants');
  });
});
