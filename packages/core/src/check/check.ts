import { throwIfAborted, toBackupError } from '../errors/index.js';
import { rootPrefix } from '../layout/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { CheckItem, CheckReport, StorageFacts } from '../service-types.js';
import { assertBucket, ensureBucket, rootOf } from '../stores.js';
import type { Store, Transfer } from '../transfer/transfer.js';

export interface CheckInput {
  readonly milvus: MilvusGateway;
  readonly milvusStore: () => Promise<Store>;
  readonly backupStore: () => Promise<Store>;
  readonly transfer: (from: Store, to: Store) => Transfer;
  readonly facts: { readonly milvus: StorageFacts; readonly backup: StorageFacts };
  /** Names the probes, so that two checks do not meet. */
  readonly id: string;
  readonly signal?: AbortSignal | undefined;
}

interface Finding {
  readonly status: 'ok' | 'warning';
  readonly message: string;
  readonly remedy: string;
}

const ok = (message: string): Finding => ({ status: 'ok', message, remedy: '' });

/** Tries every part that a backup needs. A part that fails is told, and the others are tried all the same. */
export async function check(input: CheckInput): Promise<CheckReport> {
  const { signal } = input;
  let milvusVersion = '';
  const milvus = examine('milvus', signal, async () => {
    milvusVersion = (await input.milvus.serverInfo({ signal })).version;
    return ok(`connected, version ${milvusVersion}`);
  });
  const milvusStorage = examine('milvus-storage', signal, async () => {
    const store = await input.milvusStore();
    await assertBucket(store, signal);
    return (await isEmpty(store, signal))
      ? rootEmpty(store)
      : ok(`bucket and root path ${rootOf(store) || '/'} hold data`);
  });
  const backupStorage = examine('backup-storage', signal, async () => {
    const store = await input.backupStore();
    if (!(await store.driver.bucketExists({ signal }))) {
      return {
        status: 'warning',
        message: `bucket ${store.section.bucketName} does not exist yet`,
        remedy: 'nothing to do: `create` makes it, when the credentials allow',
      };
    }
    await isEmpty(store, signal);
    return ok('bucket can be listed');
  });
  const items = await Promise.all([milvus, milvusStorage, backupStorage]);
  const storesWork = items.every((item) => item.name === 'milvus' || item.status !== 'failed');
  if (storesWork) items.push(await examine('write-and-copy', signal, () => probeCopy(input)));
  return { milvusVersion, milvusStorage: input.facts.milvus, backupStorage: input.facts.backup, items };
}

/** @throws BackupError `CANCELLED`; every other failure is a finding */
async function examine(
  name: string,
  signal: AbortSignal | undefined,
  run: () => Promise<Finding>,
): Promise<CheckItem> {
  try {
    return { name, ...(await run()) };
  } catch (error) {
    throwIfAborted(signal);
    const { message, remedy } = toBackupError(error);
    return { name, status: 'failed', message, remedy: remedy ?? '' };
  }
}

async function probeCopy(input: CheckInput): Promise<Finding> {
  const { signal } = input;
  const [from, to] = [await input.milvusStore(), await input.backupStore()];
  await ensureBucket(to, signal);
  const sourceKey = `${rootPrefix(rootOf(from))}milvus_backup_check_src_${input.id}`;
  const targetKey = `${rootPrefix(rootOf(to))}milvus_backup_check_dst_${input.id}`;
  try {
    await from.driver.put(sourceKey, new Uint8Array([1]), { size: 1, signal });
    await input.transfer(from, to).copyAll([{ sourceKey, targetKey, size: 1 }], { signal });
    return ok('an object written for Milvus was copied to the backups and removed again');
  } finally {
    await Promise.all([from.driver.delete([sourceKey]), to.driver.delete([targetKey])]);
  }
}

async function isEmpty(store: Store, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const _entry of store.driver.list(rootPrefix(rootOf(store)), { signal })) return false;
  return true;
}

function rootEmpty(store: Store): Finding {
  return {
    status: 'warning',
    message: `Milvus root path ${rootOf(store) || '/'} in bucket ${store.section.bucketName} is empty`,
    remedy:
      `compare ${store.section.path}.bucketName and rootPath with the configuration of Milvus: ` +
      'Docker Compose has a-bucket and files, Helm and Operator have milvus-bucket and file; a Milvus without data is empty too',
  };
}
