import { BackupError } from '../errors/index.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { RestoreRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import type { RestorePlan, RestoreTarget } from './plan-targets.js';

const checkedAtOnce = 16;

/**
 * Looks at every target before any is touched.
 * @param present databases that Milvus has
 * @throws BackupError `TARGET_EXISTS`, `TARGET_MISSING`
 */
export async function checkTargets(
  milvus: MilvusGateway,
  plan: RestorePlan,
  request: RestoreRequest,
  present: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await runAll(
    plan.targets,
    checkedAtOnce,
    async (target, inner) => {
      const exists =
        present.includes(target.at.database) && (await milvus.hasCollection(target.at, { signal: inner }));
      if (exists && !request.skipCreateCollection && !request.dropExistCollection) throw alreadyThere(target);
      if (!exists && request.skipCreateCollection) throw notThere(target);
    },
    signal,
  );
}

function alreadyThere({ at }: RestoreTarget): BackupError {
  return new BackupError({
    code: 'TARGET_EXISTS',
    message: `collection already exist, database ${at.database} collection ${at.collection}`,
    remedy:
      'restore under another name (--suffix or --rename; collection_suffix over REST), replace it ' +
      '(--drop_exist_collection; dropExistCollection), or import into it (--skip_create_collection; skipCreateCollection)',
    details: { database: at.database, collection: at.collection },
  });
}

function notThere({ at }: RestoreTarget): BackupError {
  return new BackupError({
    code: 'TARGET_MISSING',
    message: `collection not exist, database ${at.database} collection ${at.collection}`,
    remedy: 'leave --skip_create_collection out, so that the collection is made',
    details: { database: at.database, collection: at.collection },
  });
}
