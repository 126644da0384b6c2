import { toBackupError } from '../errors/index.js';
import { rootPrefix } from '../layout/index.js';
import { rootOf } from '../stores.js';
import type { Store } from '../transfer/transfer.js';
import { type CheckRun, noAnswer, OutOfTime } from './check-run.js';
import { failed, failure, ok, skipped, warning } from './finding.js';

export type StoreGroup = 'milvus-storage' | 'backup-storage';

export interface StoreAccess {
  /** `null`: not reachable, or refused. */
  readonly store: Store | null;
  readonly hasBucket: boolean;
  /** Whether the root could be listed. */
  readonly canList: boolean;
  /** Whether anything lies under the root. */
  readonly hasData: boolean;
}

const nothing: StoreAccess = { store: null, hasBucket: false, canList: false, hasData: false };

/** Reaches one store: driver, connection, credentials, bucket, listing. */
export async function checkAccess(
  run: CheckRun,
  group: StoreGroup,
  open: () => Promise<Store>,
  createBucket: boolean,
): Promise<StoreAccess> {
  const answer = await reach(run, open);
  if (answer.store === null || answer.code === 'unreachable') {
    run.tell(`${group}.connection`, answer.finding ?? failed('no answer', ''));
    run.skip(group, ['credentials', 'bucket', 'list'], 'the store cannot be reached');
    return nothing;
  }
  const { store } = answer;
  run.tell(`${group}.connection`, ok(`${placeOf(store)} answers`));
  if (answer.code !== 'answered') {
    const denied = answer.code === 'denied';
    run.tell(
      `${group}.${denied ? 'credentials' : 'bucket'}`,
      answer.finding ?? failed('the store refused', ''),
    );
    run.skip(group, denied ? ['bucket', 'list'] : ['credentials', 'list'], 'the store refused');
    return nothing;
  }
  run.tell(
    `${group}.credentials`,
    store.section.provider === 'local' ? skipped('a directory has none') : ok('accepted'),
  );
  const hasBucket = answer.hasBucket || (group === 'backup-storage' && createBucket);
  const bucket = await run.probe(`${group}.bucket`, async (signal) => {
    if (answer.hasBucket) return ok(`${bucketOf(store)} exists`);
    if (group === 'milvus-storage') return milvusBucketMissing(store);
    if (!createBucket) return backupBucketMissing(store);
    await store.driver.createBucket({ signal });
    return ok(`${bucketOf(store)} was made`);
  });
  if (!hasBucket || bucket.status !== 'ok') {
    run.skip(group, ['list'], `${bucketOf(store)} is not there`);
    return { ...nothing, store };
  }
  let hasData = false;
  const list = await run.probe(`${group}.list`, async (signal) => {
    hasData = await holdsObjects(store, signal);
    return ok(
      `the root path ${rootOf(store) || '/'} can be listed${hasData ? '' : '; nothing lies there yet'}`,
    );
  });
  return { store, hasBucket: true, canList: list.status === 'ok', hasData };
}

interface Answer {
  readonly store: Store | null;
  readonly code: 'unreachable' | 'denied' | 'refused' | 'answered';
  readonly hasBucket: boolean;
  readonly finding?: ReturnType<typeof failed>;
}

/** One question tells of connection, credentials and bucket; a second one has the better words for a refusal. */
async function reach(run: CheckRun, open: () => Promise<Store>): Promise<Answer> {
  let store: Store | null = null;
  try {
    return await run.limited(async (signal) => {
      store = await open();
      try {
        const hasBucket = await store.driver.bucketExists({ signal });
        return { store, code: 'answered', hasBucket };
      } catch (error) {
        if (toBackupError(error).code !== 'STORAGE_AUTH') throw error;
        // An answer to HEAD has no body: only a listing says whether it is the key, the secret or the clock.
        await holdsObjects(store, signal);
        return { store, code: 'answered', hasBucket: true };
      }
    });
  } catch (error) {
    if (run.signal?.aborted) throw error;
    if (error instanceof OutOfTime) {
      return { store, code: 'unreachable', hasBucket: false, finding: noAnswer(run.timeout) };
    }
    const { code } = toBackupError(error);
    if (code === 'BUCKET_NOT_FOUND') return { store, code: 'answered', hasBucket: false };
    return {
      store,
      code: code === 'STORAGE_UNREACHABLE' ? 'unreachable' : code === 'STORAGE_AUTH' ? 'denied' : 'refused',
      hasBucket: false,
      finding: failure(error),
    };
  }
}

async function holdsObjects(store: Store, signal: AbortSignal): Promise<boolean> {
  for await (const _entry of store.driver.list(rootPrefix(rootOf(store)), { signal })) return true;
  return false;
}

function placeOf({ section }: Store): string {
  if (section.provider === 'local') return section.rootPath;
  return section.address === '' ? section.provider : `${section.address}:${section.port}`;
}

/** As it is written in a sentence. */
export function bucketOf({ section }: Pick<Store, 'section'>): string {
  return section.provider === 'local' ? `directory ${section.rootPath}` : `bucket ${section.bucketName}`;
}

const milvusBucketMissing = (store: Store): ReturnType<typeof failed> =>
  failed(
    `${bucketOf(store)} does not exist`,
    store.section.provider === 'local'
      ? `correct ${store.section.path}.rootPath: it is the folder where Milvus keeps its data`
      : `correct ${store.section.path}.bucketName: Docker Compose has a-bucket, Helm and Operator have milvus-bucket; see milvus-storage.root-path below`,
  );

const backupBucketMissing = (store: Store): ReturnType<typeof failed> =>
  warning(
    `${bucketOf(store)} does not exist yet`,
    '`create` makes it, when the credentials allow; `check --create_bucket` makes it now and tries the rest',
  );
