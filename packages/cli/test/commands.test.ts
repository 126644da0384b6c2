import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '@milvus-backup/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const noFile = ['--config', ''];

describe('create', () => {
  it('prints what the Go tool prints, and the size on stderr', async () => {
    const { code, stdout, stderr, service } = await run([...noFile, 'create', '-n', 'b1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^create backup success\nduration:0\.\d\d s\n$/);
    expect(stderr).toContain('b1: 1 collection, 42 objects, 11.2 MB');
    expect(service.calls).toEqual([
      [
        'create',
        {
          name: 'b1',
          filter: undefined,
          strategy: 'auto',
          format: 'auto',
          rbac: false,
          indexExtra: false,
          resume: true,
          keepGoing: false,
          onMissing: 'retry',
        },
      ],
      ['close'],
    ]);
  });

  it('hands filter, strategy and rbac over', async () => {
    const { service } = await run([
      'create',
      ...noFile,
      '--filter',
      'db1.*,db2.,books',
      '--strategy=bulk_flush',
      '--rbac',
      '--backup_index_extra',
    ]);
    expect(service.calls[0]).toEqual([
      'create',
      {
        name: '',
        filter: {
          databases: new Map<string, 'all' | Set<string>>([
            ['db1', 'all'],
            ['db2', new Set()],
            ['default', new Set(['books'])],
          ]),
        },
        strategy: 'bulk_flush',
        format: 'auto',
        rbac: true,
        indexExtra: true,
        resume: true,
        keepGoing: false,
        onMissing: 'retry',
      },
    ]);
  });

  it.each<[string[], object]>([
    [['--no-resume'], { resume: false }],
    [['--resume=false'], { resume: false }],
    [['--keep-going', '--on-missing', 'skip'], { keepGoing: true, onMissing: 'skip' }],
  ])('hands %j over', async (flags, expected) => {
    const { service } = await run(['create', ...noFile, ...flags]);
    expect(service.calls[0]?.[1]).toMatchObject(expected);
  });

  it('ends with 6 when a part is missing', async () => {
    const { code, stdout } = await run(['create', ...noFile, '-n', 'b1'], {
      service: createFakeService({ state: 'partial' }),
    });
    expect([code, stdout]).toEqual([6, expect.stringMatching(/^create backup partial\n/)]);
  });

  it.each<[string[], string, string, object]>([
    [['-c', 'a,db1.b'], '--colls', '--filter', { default: ['a'], db1: ['b'] }],
    [['-d', 'db1,db2'], '--databases', '--filter', { db1: 'all', db2: 'all' }],
    [['-a', '{"db1":["b"],"db2":[]}'], '--database_collections', '--filter', { db1: ['b'], db2: 'all' }],
    [['-c', 'a', '-d', 'x', '-a', '{"db1":["b"]}'], '--databases', '--filter', { db1: ['b'] }],
    [['-c', 'a', '-d', 'x'], '--colls', '--filter', { default: ['a'] }],
    [['-c', 'a', '--filter', 'z'], '--colls', '--filter', { default: ['z'] }],
  ])('%j still works, with a warning', async (flags, flag, advice, expected) => {
    const { code, stderr, service } = await run(['create', ...noFile, ...flags]);
    expect(code).toBe(0);
    expect(stderr).toContain(`Warning: ${flag} is deprecated, use ${advice} instead`);
    expect(plainFilter(service.calls[0]?.[1])).toEqual(expected);
  });

  it.each<[string[], string]>([
    [['-f'], 'skip_flush'],
    [['--meta_only'], 'meta_only'],
    [['-f', '--meta_only'], 'skip_flush'],
    [['-f', '--strategy', 'serial_flush'], 'serial_flush'],
  ])('%j is the strategy %s', async (flags, strategy) => {
    const { stderr, service } = await run(['create', ...noFile, ...flags]);
    expect(stderr).toContain(`is deprecated, use --strategy=`);
    expect(service.calls[0]?.[1]).toMatchObject({ strategy });
  });

  it.each([
    ['', 'auto'],
    ['auto', 'auto'],
    ['binlog', 'binlog'],
    ['snapshot', 'snapshot'],
  ])('--format %j is %s', async (text, format) => {
    const { service } = await run(['create', ...noFile, ...(text === '' ? [] : ['--format', text])]);
    expect(service.calls[0]?.[1]).toMatchObject({ format });
  });

  it.each<[string[], string]>([
    [
      ['--strategy', 'nope'],
      'invalid strategy nope, only support meta_only,skip_flush,bulk_flush,serial_flush',
    ],
    [['--strategy', 'snapshot'], 'use --format snapshot instead'],
    [['--format', 'nope'], 'invalid format nope'],
    [['--filter', 'a.b.c'], 'a.b.c'],
    [['-a', '{bad'], 'database_collections'],
  ])('refuses %j before it asks the service', async (flags, message) => {
    const { code, stdout, stderr, service } = await run(['create', ...noFile, ...flags]);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toContain('Error: ');
    expect(stderr).toContain(message);
    expect(stderr).toContain('  → ');
    expect(service.calls).toEqual([]);
  });

  it('prints the run as JSON and nothing else on stdout', async () => {
    const { stdout } = await run(['create', ...noFile, '-n', 'b1', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'run-1',
      kind: 'create',
      backup_name: 'b1',
      state: 'success',
      started_at: '2026-11-22T07:07:54.000Z',
      progress: { percent: 100, bytes_total: 11_236_536, objects_done: 42 },
    });
  });
});

describe('list, get, delete', () => {
  it('lists names', async () => {
    const { code, stdout, stderr } = await run(['list', ...noFile]);
    expect([code, stdout, stderr]).toEqual([0, '>> Backups:\nb1\nb2\n', '']);
  });

  it('lists as JSON', async () => {
    const { stdout } = await run(['list', ...noFile, '--json']);
    expect(JSON.parse(stdout)).toEqual({
      backups: [
        { id: 'id-1', name: 'b1', size: 11_236_536, milvus_version: 'v2.3.5' },
        { id: 'id-2', name: 'b2', size: 0, milvus_version: 'v2.4.0' },
      ],
    });
  });

  it('refuses the removed -c', async () => {
    const { code, stderr } = await run(['list', ...noFile, '-c', 'x']);
    expect([code, stderr]).toEqual([64, expect.stringContaining('Error: collectionName is deprecated')]);
  });

  it('shows a backup with exact ids and an indent of four', async () => {
    const { code, stdout } = await run(['get', ...noFile, '-n', 'b1', '-d']);
    expect(code).toBe(0);
    expect(stdout).toContain('\n    "name": "b1"');
    expect(stdout).toContain('9007199254740993');
    expect(JSON.parse(stdout)).toMatchObject({
      state_code: 0,
      progress: 0,
      size: 11_236_536,
      meta_size: 8088,
    });
    expect(JSON.parse(stdout)).not.toHaveProperty('id');
  });

  it('deletes', async () => {
    const { code, stdout, service } = await run(['delete', ...noFile, '-n', 'b1']);
    expect([code, stdout]).toEqual([0, 'delete backup done\n']);
    expect(service.calls).toEqual([['delete', 'b1'], ['close']]);
    expect(JSON.parse((await run(['delete', ...noFile, '-n', 'b1', '--json'])).stdout)).toEqual({
      deleted: 'b1',
    });
  });

  it.each(['get', 'delete', 'restore'])('%s needs a name', async (command) => {
    const { code, stderr, service } = await run([command, ...noFile]);
    expect([code, stderr]).toEqual([64, expect.stringContaining('Error: backup name is required')]);
    expect(service.calls).toEqual([]);
  });
});

describe('restore', () => {
  it('prints the duration alone on stdout, the collections on stderr', async () => {
    const { code, stdout, stderr, service } = await run([
      'restore',
      ...noFile,
      ...['-n', 'b1', '-s', '_r', '--restore_index', '--use_auto_index', '--drop_exist_index', '--rbac'],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^duration:0\.\d\d s\n$/);
    expect(stderr).toContain('success  default.books_r  2000 rows proven  1.25 s');
    expect(stderr).toContain('Warning: --restore_index is deprecated, use --rebuild_index instead');
    expect(service.calls[0]).toEqual([
      'restore',
      {
        name: 'b1',
        sourceFilter: undefined,
        targetFilter: undefined,
        rename: undefined,
        suffix: '_r',
        rebuildIndex: true,
        metaOnly: false,
        useAutoIndex: true,
        dropExistCollection: false,
        dropExistIndex: true,
        skipCreateCollection: false,
        skipProperties: false,
        skipAliases: false,
        skipLoad: false,
        compat: false,
        rbac: true,
        resume: true,
        keepGoing: false,
      },
    ]);
  });

  it('leaves out what it is told to', async () => {
    const flags = ['--skip_properties', '--skip_aliases', '--skip_load', '--compat'];
    const { service } = await run(['restore', ...noFile, '-n', 'b1', ...flags]);
    const want = { skipProperties: true, skipAliases: true, skipLoad: true, compat: true };
    expect(service.calls[0]).toEqual(['restore', expect.objectContaining(want)]);
  });

  it('reads a plan from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plan-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'plan.json');
    const mapping = [{ source: 'db1', target: 'db2', colls: [{ source: 'a', target: 'b' }] }];
    await writeFile(file, JSON.stringify({ mapping, filter: { db2: { colls: ['b'] } } }));
    const { code, service } = await run(['restore', ...noFile, '-n', 'b1', '--restore_plan', file]);
    expect(code).toBe(0);
    const collections = [{ source: 'a', target: 'b' }];
    expect(service.calls[0]).toEqual([
      'restore',
      expect.objectContaining({
        plan: [{ source: 'db1', target: 'db2', withProperties: undefined, collections }],
        targetFilter: { databases: new Map([['db2', new Set(['b'])]]) },
      }),
    ]);
    const missing = await run(['restore', ...noFile, '-n', 'b1', '--restore_plan', `${file}.no`]);
    expect([missing.code, missing.stderr]).toEqual([64, expect.stringContaining('cannot be read')]);
  });

  it('reads new names and selects by them', async () => {
    const { service } = await run([
      'restore',
      ...noFile,
      ...['-n', 'b1', '-r', 'a:b,db1.*:db2.*', '--filter', 'b'],
    ]);
    const request = service.calls[0]?.[1];
    expect(request).toMatchObject({
      rename: {
        collections: new Map([['default.a', { database: 'default', collection: 'b' }]]),
        databases: new Map([['db1', 'db2']]),
      },
      targetFilter: { databases: new Map([['default', new Set(['b'])]]) },
      sourceFilter: undefined,
    });
  });

  it('takes the old selectors as names in the backup', async () => {
    const { service, stderr } = await run(['restore', ...noFile, '-n', 'b1', '-c', 'a,db1.b']);
    expect(stderr).toContain('Warning: --collections is deprecated');
    const { sourceFilter } = (service.calls[0]?.[1] ?? {}) as { sourceFilter?: unknown };
    expect(plainFilter({ filter: sourceFilter })).toEqual({ default: ['a'], db1: ['b'] });
  });

  it.each<[string[], string]>([
    [['--filter', 'a', '-c', 'b'], 'filter and collection_names cannot be set at the same time'],
    [['--filter', 'a', '-d', 'b'], 'filter and databases cannot be set at the same time'],
    [['--filter', 'a', '-a', '{}'], 'filter and database_collections cannot be set at the same time'],
    [['-c', 'a', '-d', 'b'], 'collection_names and databases cannot be set at the same time'],
    [['-s', 'a', '-r', 'a:b'], 'suffix and rename flag cannot be set at the same time'],
    [['--restore_plan', 'p', '-s', 'a'], 'restore_plan and suffix cannot be set at the same time'],
    [['--restore_plan', 'p', '--filter', 'a'], 'restore_plan and filter cannot be set at the same time'],
    [
      ['--drop_exist_collection', '--skip_create_collection'],
      'drop_exist_collection and skip_create_collection cannot be true at the same time',
    ],
    [['-r', 'ab'], 'ab'],
    [['-r', 'a:db.b'], 'a -> db.b'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr, service } = await run(['restore', ...noFile, '-n', 'b1', ...flags]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
    expect(service.calls).toEqual([]);
  });
});

describe('an error', () => {
  const error = new BackupError({
    code: 'BACKUP_NOT_FOUND',
    message: 'backup nosuch not found',
    remedy: 'run list',
    details: { name: 'nosuch' },
  });

  it('is one line and its remedy on stderr', async () => {
    const service = createFakeService({ error });
    const { code, stdout, stderr } = await run(['get', ...noFile, '-n', 'nosuch'], { service });
    expect([code, stdout, stderr]).toEqual([3, '', 'Error: backup nosuch not found\n  → run list\n']);
    expect(service.calls.at(-1)).toEqual(['close']);
  });

  it('is also the JSON document', async () => {
    const service = createFakeService({ error });
    const { code, stdout } = await run(['get', ...noFile, '-n', 'nosuch', '--json'], { service });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'BACKUP_NOT_FOUND',
        message: 'backup nosuch not found',
        remedy: 'run list',
        details: { name: 'nosuch' },
      },
    });
  });

  it('of the command line is JSON too when asked for', async () => {
    const { code, stdout, stderr } = await run(['lst', '--json']);
    expect(code).toBe(64);
    expect(stderr).toContain('Error: unknown command "lst" for "milvus-backup"\n  → did you mean list');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  it('of a foreign kind is told as well', async () => {
    const service = createFakeService({ error: new TypeError('boom') });
    const { code, stderr } = await run(['list', ...noFile], { service });
    expect([code, stderr]).toEqual([1, 'Error: boom\n']);
  });

  it('of extra words is a warning', async () => {
    const { code, stderr } = await run(['list', ...noFile, 'extra']);
    expect([code, stderr]).toEqual([0, 'Warning: the extra argument "extra" is ignored\n']);
  });
});

/** The filter of a recorded request with sets as lists. */
function plainFilter(request: unknown): object {
  const { filter } = request as { filter: { databases: ReadonlyMap<string, 'all' | ReadonlySet<string>> } };
  return Object.fromEntries(
    [...filter.databases].map(([name, names]) => [name, names === 'all' ? 'all' : [...names]]),
  );
}
