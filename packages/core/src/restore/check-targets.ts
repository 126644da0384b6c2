import { BackupError, toBackupError } from '../errors/index.js';
import { nameKey } from '../filter/index.js';
import type { CollectionName } from '../filter/types.js';
import type { BackupExtras } from '../meta/extras.js';
import { loadSchemaCheck } from '../milvus/check-schema.js';
import type { MilvusGateway } from '../milvus/gateway.js';
import type { RestoreRequest } from '../requests.js';
import { runAll } from '../transfer/run-all.js';
import { assertIdsRepeatable, assertSameFields } from './check-fields.js';
import { planCollectionInput } from './collection-input.js';
import type { RestorePlan, RestoreTarget } from './plan-targets.js';
import type { Resume } from './resume-targets.js';

const checkedAtOnce = 16;

/**
 * Looks at every target before any is touched, and at whether its collection can be made: none may be dropped for one that
 * cannot.
 * @param present databases that Milvus has
 * @param begun targets that an earlier try at this restore has made
 * @throws BackupError `TARGET_EXISTS`, `TARGET_MISSING`, `TARGET_MISMATCH`, `META_UNREADABLE`
 */
export async function checkTargets(
  milvus: MilvusGateway,
  plan: RestorePlan,
  request: RestoreRequest,
  extras: BackupExtras,
  present: readonly string[],
  begun: ReadonlyMap<RestoreTarget, Resume>,
  signal: AbortSignal,
): Promise<void> {
  if (!request.skipCreateCollection) await checkSchemas(plan, request, extras);
  await runAll(
    plan.targets,
    checkedAtOnce,
    async (target, inner) => {
      const { at } = target;
      if (begun.has(target)) return;
      const exists = present.includes(at.database) && (await milvus.hasCollection(at, { signal: inner }));
      if (exists && !request.skipCreateCollection && !request.dropExistCollection) throw alreadyThere(at);
      if (!request.skipCreateCollection) return;
      if (!exists) throw notThere(at);
      await assertSameFields(milvus, target, inner);
    },
    signal,
  );
}

async function checkSchemas(plan: RestorePlan, request: RestoreRequest, extras: BackupExtras): Promise<void> {
  if (plan.targets.length === 0) return;
  const check = await loadSchemaCheck();
  for (const target of plan.targets) {
    try {
      const input = planCollectionInput(target, request, extras);
      check(input.schema, input.fullSchema);
    } catch (cause) {
      throw ofCollection(target, cause);
    }
    assertIdsRepeatable(target);
  }
}

/** The gateway knows a schema's field, not whose it is. */
function ofCollection({ at }: RestoreTarget, cause: unknown): BackupError {
  const { code, message, remedy, details } = toBackupError(cause);
  return new BackupError({
    code,
    message: `${nameKey(at)}: ${message}`,
    remedy,
    cause,
    details: { ...details, database: at.database, collection: at.collection },
  });
}

/** For a target that is there although nobody said what to do with it. */
export function alreadyThere(at: CollectionName): BackupError {
  return new BackupError({
    code: 'TARGET_EXISTS',
    message: `collection already exist, database ${at.database} collection ${at.collection}`,
    remedy:
      'restore under another name (--suffix or --rename; collection_suffix over REST), replace it ' +
      '(--drop_exist_collection; dropExistCollection), or import into it (--skip_create_collection; skipCreateCollection)',
    details: { database: at.database, collection: at.collection },
  });
}

function notThere(at: CollectionName): BackupError {
  return new BackupError({
    code: 'TARGET_MISSING',
    message: `collection not exist, database ${at.database} collection ${at.collection}`,
    remedy: 'leave --skip_create_collection out, so that the collection is made',
    details: { database: at.database, collection: at.collection },
  });
}
