import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createMemoryDriver,
  type DriverPlugin,
  loadDriver,
  type StorageDriver,
  type StorageSection,
} from '../../src/driver/index.js';
import { thrownBy } from './thrown-by.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'make-driver-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const section: StorageSection = {
  path: 'backup.storage',
  provider: 'minio',
  driver: './tape.js',
  address: '',
  port: 0,
  region: '',
  useSSL: false,
  accountName: '',
  bucketName: 'tapes',
  rootPath: '',
  localPath: '',
  auth: {
    type: 'static',
    accessKeyID: '',
    secretAccessKey: '',
    sessionToken: '',
    accountKey: '',
    credentialsFile: '',
    endpoint: '',
  },
};
const whole = (): StorageDriver => createMemoryDriver({ store: new Map(), bucket: 'tapes' });

/** What core makes of a plugin: it is loaded as every driver is. */
async function make(plugin: object, options?: Readonly<Record<string, unknown>>): Promise<StorageDriver> {
  const driverPlugin = { contractVersion: 1, name: 'tape', createDriver: whole, ...plugin };
  await writeFile(join(folder, 'tape.js'), '');
  const loaded = await loadDriver(section, { resolveFrom: [folder], import: async () => ({ driverPlugin }) });
  return loaded.createDriver({ ...section, ...(options ? { options } : {}) }, { env: {}, cwd: folder });
}

describe('what createDriver gives', () => {
  it('a whole driver is handed on as it is', async () => {
    const driver = whole();
    expect(await make({ createDriver: () => driver })).toBe(driver);
  });

  it.each(['head', 'get', 'put', 'copyFrom', 'delete', 'list', 'bucketExists', 'createBucket', 'close'])(
    'a driver without %s is refused by name',
    async (method) => {
      const driver = { ...proxyOf(whole()), [method]: undefined };
      const error = await thrownBy(() => make({ createDriver: () => driver }));
      expect(error.code).toBe('DRIVER_LOAD_FAILED');
      expect(error.message).toMatch(new RegExp(`./tape.js is incomplete.* without ${method}$`));
    },
  );

  it('everything that is missing is named', async () => {
    const error = await thrownBy(() => make({ createDriver: () => ({ head() {}, capabilities: {} }) }));
    expect(error.message).toContain(
      'get, put, copyFrom, delete, list, bucketExists, createBucket, close, name',
    );
  });

  it.each([
    ['nothing', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['a promise', async () => whole(), 'connect later'],
    [
      'a driver without capabilities',
      () => ({ ...proxyOf(whole()), capabilities: undefined }),
      'capabilities',
    ],
  ])('%s is refused', async (_name, createDriver, text) => {
    const error = await thrownBy(() => make({ createDriver }));
    expect(error.code).toBe('DRIVER_LOAD_FAILED');
    expect(error.message).toContain(text);
  });

  it('what it throws gets a code, and keeps the cause', async () => {
    const cause = new TypeError('no tape');
    const error = await thrownBy(() =>
      make({
        createDriver: () => {
          throw cause;
        },
      }),
    );
    expect(error).toMatchObject({ code: 'DRIVER_LOAD_FAILED', cause });
    expect(error.message).toBe('the storage driver ./tape.js could not be made for backup.storage: no tape');
  });
});

describe('the options of a driver with a schema', () => {
  const schema = z.strictObject({
    library: z.string(),
    drives: z.number().int().max(8).default(2),
    password: z.string().min(12).optional(),
    door: z.strictObject({ code: z.string().length(4) }).optional(),
    at: z.array(z.number()).optional(),
  });
  const check = async (options: Readonly<Record<string, unknown>>, plugin: Partial<DriverPlugin> = {}) => {
    let seen: unknown;
    const createDriver = (given: StorageSection): StorageDriver => {
      seen = given.options;
      return whole();
    };
    await make({ optionsSchema: schema, createDriver, ...plugin }, options);
    return seen;
  };

  it('arrive with their defaults', async () => {
    expect(await check({ library: 'a' })).toEqual({ library: 'a', drives: 2 });
  });

  it.each([
    ['a wrong value', { library: 'a', drives: 9 }, 'backup.storage.options.drives: invalid value "9"'],
    ['a missing one', {}, 'backup.storage.options.library: Invalid input'],
    ['an unknown one', { library: 'a', dives: 3 }, 'backup.storage.options.dives: invalid value "3"'],
    ['one in a list', { library: 'a', at: [1, 'x'] }, 'backup.storage.options.at.1: invalid value "x"'],
  ])('%s is named with section, key and value', async (_name, options, text) => {
    const error = await thrownBy(() => check(options));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(text);
    expect(error.remedy).toContain('in the configuration');
  });

  it('all that is wrong is told at once', async () => {
    const error = await thrownBy(() => check({ library: 1, drives: 'many' }));
    expect(error.message.split('\n')).toHaveLength(2);
  });

  it('a secret stays out of the message, by its name or because the plugin says so', async () => {
    const named = await thrownBy(() => check({ library: 'a', password: 'planted' }));
    expect(named.message).toContain('backup.storage.options.password');
    const marked = await thrownBy(() =>
      check({ library: 'a', door: { code: 'planted' } }, { secretOptions: ['door.code'] }),
    );
    expect(marked.message).toContain('backup.storage.options.door.code');
    const misspelt = await thrownBy(() =>
      check({ library: 'a', accessKey: 'planted', api_token: 'planted' }),
    );
    expect(misspelt.message).toContain('backup.storage.options.api_token');
    for (const error of [named, marked, misspelt]) {
      expect(JSON.stringify([error.message, error.remedy, error.details])).not.toContain('planted');
    }
  });

  it('a schema that answers later, or with no object, is a fault of the driver', async () => {
    const later = schema.refine(async () => true);
    expect((await thrownBy(() => check({ library: 'a' }, { optionsSchema: later }))).code).toBe(
      'DRIVER_LOAD_FAILED',
    );
    const text = z.unknown().transform(() => 'text');
    expect((await thrownBy(() => check({}, { optionsSchema: text }))).code).toBe('DRIVER_LOAD_FAILED');
  });
});

/** The methods of a class as own properties, so that one can be taken away. */
function proxyOf(driver: StorageDriver): object {
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    head: () => driver.head('x'),
    get: () => driver.get('x'),
    put: () => driver.put('x', new Uint8Array()),
    copyFrom: () => driver.copyFrom(driver, 'x', 'y'),
    delete: () => driver.delete([]),
    list: () => driver.list(''),
    bucketExists: () => driver.bucketExists(),
    createBucket: () => driver.createBucket(),
    close: () => driver.close(),
  };
}
