import { describe, expect, it } from 'vitest';
import type { StorageDriver } from '../../src/driver/driver.js';
import { createMemoryDriver } from '../../src/driver/memory-driver.js';
import { BackupError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log.js';
import { RenewingDriver } from '../../src/migrate/renewing-driver.js';
import { thrownBy } from '../driver/thrown-by.js';

const hour = 3_600_000;

/** Credentials with a number; the store knows the latest alone once it was told to forget. */
function makeLent({ lifetime = hour }: { lifetime?: number | null } = {}) {
  const store = new Map();
  let made = 0;
  let now = 1_000_000;
  let oldest = 1;
  const lend = () => {
    const number = ++made;
    const real = createMemoryDriver({ store, bucket: 'lent' });
    const driver = new Proxy(real, {
      get(target, name: keyof StorageDriver) {
        const value = target[name];
        if (typeof value !== 'function' || name === 'close') return value;
        return (...args: unknown[]) => {
          if (number >= oldest) return Reflect.apply(value, target, args);
          const error = new BackupError({ code: 'STORAGE_AUTH', message: `key ${number} is over` });
          if (name === 'list') return failing(error);
          return Promise.reject(error);
        };
      },
    });
    return { driver, expiresAt: lifetime === null ? null : now + lifetime };
  };
  const driver = new RenewingDriver({
    first: lend(),
    renew: async () => lend(),
    now: () => now,
    logger: silentLogger,
  });
  return {
    driver,
    made: () => made,
    pass: (ms: number) => {
      now += ms;
    },
    /** What was lent before the next is refused. */
    forget: () => {
      oldest = made + 1;
    },
  };
}

async function* failing(error: Error): AsyncGenerator<never> {
  yield await Promise.reject<never>(error);
}

const bytes = Buffer.from('x');

describe('a lent store', () => {
  it('is opened anew shortly before its credentials end, once for all that ask', async () => {
    const { driver, made, pass } = makeLent();
    await driver.put('a', bytes);
    pass(hour - 6 * 60_000);
    await driver.head('a');
    expect(made()).toBe(1);
    pass(2 * 60_000);
    await Promise.all(Array.from({ length: 20 }, () => driver.head('a')));
    expect(made()).toBe(2);
  });

  it('is opened anew when it refuses what it took before, and the call is made again', async () => {
    const { driver, made, forget } = makeLent({ lifetime: null });
    await driver.put('a', bytes);
    forget();
    const keys: string[] = [];
    for await (const entry of driver.list('')) if (entry.type === 'object') keys.push(entry.key);
    expect([keys, made()]).toEqual([['a'], 2]);
    forget();
    await driver.delete(['a']);
    expect([await driver.head('a'), made()]).toEqual([null, 3]);
  });

  it('says that a stream may be sent again with the new ones', async () => {
    const { driver, made, forget } = makeLent();
    await driver.put('a', bytes);
    forget();
    const stream = async function* () {
      yield bytes;
    };
    const error = await thrownBy(() => driver.put('b', stream()));
    expect(error).toMatchObject({ code: 'STORAGE_AUTH', retryable: true });
    await driver.put('b', stream());
    expect(made()).toBe(2);
  });

  it('that takes nothing from the start is not asked again and again', async () => {
    const { driver, made, forget } = makeLent();
    forget();
    expect(await thrownBy(() => driver.head('a'))).toMatchObject({ code: 'STORAGE_AUTH', retryable: false });
    expect(made()).toBe(1);
  });

  it('whose credentials had ended by this clock when they came is believed until it refuses', async () => {
    const { driver, made } = makeLent({ lifetime: -hour });
    for (let n = 0; n < 5; n++) await driver.head('a');
    expect(made()).toBe(1);
  });
});
