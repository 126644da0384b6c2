import type { StorageDriver } from '../../src/driver/driver.js';
import { BackupError } from '../../src/errors/index.js';
import type { MilvusGateway } from '../../src/milvus/gateway.js';

const methods = ['head', 'get', 'put', 'copyFrom', 'delete', 'bucketExists', 'createBucket'] as const;

export interface Death {
  /** Changes a driver in place. */
  readonly driver: (driver: StorageDriver) => void;
  readonly gateway: (gateway: MilvusGateway) => MilvusGateway;
  /** Calls counted so far. */
  readonly used: () => number;
}

/**
 * Lets `calls` calls of stores and Milvus through; from then on every one fails, as for a process that is no more.
 * @param last `lost`: the last call still does its work, and nobody hears of it
 */
export function dieAfter(calls: number, last: 'undone' | 'lost' = 'undone'): Death {
  let used = 0;
  const dead = (): BackupError =>
    new BackupError({ code: 'STORAGE_UNREACHABLE', message: 'the process is dead' });
  const guard =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      used += 1;
      if (used <= calls) return await call(...args);
      if (used === calls + 1 && last === 'lost') await call(...args);
      throw dead();
    };
  return {
    driver(driver) {
      for (const name of methods) {
        const call = driver[name].bind(driver) as (...args: unknown[]) => Promise<unknown>;
        Object.assign(driver, { [name]: guard(call) });
      }
      const list = driver.list.bind(driver);
      driver.list = async function* (...args) {
        if (used++ >= calls) throw dead();
        yield* list(...args);
      };
    },
    gateway: (gateway) => ({
      ...(Object.fromEntries(
        Object.entries(gateway).map(([name, call]) => [name, guard(call)]),
      ) as unknown as MilvusGateway),
      outages: gateway.outages,
    }),
    used: () => used,
  };
}
