import { isBackupError, toBackupError } from '../errors/index.js';
import type { CollectionName } from '../filter/types.js';
import { effectiveVersion } from '../milvus/features.js';
import type { MilvusGateway, MilvusServerInfo } from '../milvus/gateway.js';
import type { CheckRun } from './check-run.js';
import { type Finding, failed, failure, ok, skipped, warning } from './finding.js';

export interface MilvusAccess {
  /** `null`: not reachable, or refused. */
  readonly info: MilvusServerInfo | null;
  readonly collections: readonly CollectionName[];
}

/** Reaches Milvus, and lists what a backup of everything would take. */
export async function checkMilvus(run: CheckRun, milvus: MilvusGateway): Promise<MilvusAccess> {
  let info: MilvusServerInfo | null = null;
  let refusal: Finding | null = null;
  const connection = await run.probe('milvus.connection', async (signal) => {
    try {
      info = await milvus.serverInfo({ signal });
    } catch (error) {
      if (toBackupError(error).code !== 'MILVUS_AUTH') throw error;
      refusal = failure(error);
    }
    return ok('connected');
  });
  if (connection.status !== 'ok') {
    run.skip('milvus', ['credentials', 'version', 'collections'], 'Milvus cannot be reached');
    return { info, collections: [] };
  }
  if (info === null) {
    tellRefusal(run, refusal ?? failed('Milvus refused', 'check milvus.user and milvus.password'));
    return { info, collections: [] };
  }
  run.tell('milvus.credentials', ok('accepted'));
  run.tell('milvus.version', judgeVersion(info));
  let collections: readonly CollectionName[] = [];
  await run.probe('milvus.collections', async (signal) => {
    const databases = await milvus.listDatabases({ signal });
    const lists = await Promise.all(
      databases.map(async (database) =>
        (await milvus.listCollections(database, { signal })).map((collection) => ({ database, collection })),
      ),
    );
    collections = lists.flat();
    return ok(`${collections.length} in ${databases.length} databases`);
  });
  return { info, collections };
}

/** A user who is known may still lack the right to list databases, without which no session begins. */
function tellRefusal(run: CheckRun, refusal: Finding): void {
  const isKnown = /permission/i.test(refusal.message);
  run.tell('milvus.credentials', isKnown ? ok('accepted') : refusal);
  run.tell('milvus.version', skipped('Milvus refused the first calls'));
  run.tell('milvus.collections', isKnown ? refusal : skipped('Milvus refused the credentials'));
}

/** The version all tests run against; what is newer has calls that this tool does not make yet. */
const tested = '2.3';

function judgeVersion({ version, features }: MilvusServerInfo): Finding {
  const [major = 0, minor = 0] = effectiveVersion([version]).split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 2)) {
    return failed(
      `${version} is too old`,
      'upgrade Milvus to 2.3: older ones cannot import binlogs of a backup',
    );
  }
  const has = Object.entries(features)
    .filter(([, value]) => value)
    .map(([name]) => name);
  const abilities = `with ${has.join(', ') || 'none of the newer abilities'}`;
  return `${major}.${minor}` === tested
    ? ok(`${version}, ${abilities}`)
    : warning(
        `${version} is not tested with this tool, ${abilities}`,
        `${tested} is tested; try a backup and a restore of a small collection first`,
      );
}

export interface PrivilegeInput {
  readonly milvus: MilvusGateway;
  readonly collections: readonly CollectionName[];
  /** Makes names that no collection has. */
  readonly id: string;
}

type Attempt = readonly [call: string, attempt: (signal: AbortSignal) => Promise<unknown>];

/**
 * Makes each call that backup and restore need, so that nothing comes of it: reads, and changes of a collection that does not
 * exist or that every Milvus refuses. Rights are looked at before anything else, so only "denied" counts.
 */
export async function checkPrivileges(
  run: CheckRun,
  { milvus, collections, id }: PrivilegeInput,
): Promise<void> {
  const [first] = collections;
  const nowhere = {
    database: first?.database ?? 'default',
    collection: `milvus_backup_check_${id.replace(/\W/g, '_')}`,
  };
  const at = first ?? nowhere;
  const backup: readonly Attempt[] = [
    ['DescribeCollection', (signal) => milvus.describeCollection(at, { signal })],
    ['DescribeIndex', (signal) => milvus.listIndexes(at, { signal })],
    ['ShowPartitions', (signal) => milvus.listPartitions(at, { signal })],
    ['GetLoadingProgress', (signal) => milvus.loadProgress(at, [], { signal })],
    ['GetPersistentSegmentInfo', (signal) => milvus.listSegments(at, { signal })],
    ['Flush', (signal) => milvus.flush(nowhere.database, [nowhere.collection], { signal })],
  ];
  const restore: readonly Attempt[] = [
    [
      'CreateCollection',
      (signal) => milvus.createCollection(impossible(nowhere), emptyCollection, { signal }),
    ],
    ['HasPartition', (signal) => milvus.hasPartition(nowhere, 'p', { signal })],
    ['CreatePartition', (signal) => milvus.createPartition(nowhere, 'p', { signal })],
    [
      'CreateIndex',
      (signal) => milvus.createIndex(nowhere, { fieldName: 'f', indexName: 'f', params: {} }, { signal }),
    ],
    ['GetCollectionStatistics', (signal) => milvus.rowCount(at, { signal })],
    ...(first
      ? [['Import', (signal: AbortSignal) => milvus.startImport(first, noFiles, { signal })] as const]
      : []),
  ];
  await Promise.all([
    run.probe('milvus.privileges-backup', async (signal) =>
      judge('a backup', await deniedOf(backup, signal), failed),
    ),
    run.probe(
      'milvus.privileges-restore',
      async (signal) => judge('a restore', await deniedOf(restore, signal), warning),
      { severity: 'warning' },
    ),
    run.probe('milvus.privileges-rbac', (signal) => tryRbac(milvus, signal), { severity: 'warning' }),
    run.probe('milvus.import', (signal) => tryImport(milvus, at, signal), { severity: 'warning' }),
  ]);
}

/** A name that no Milvus takes, for a collection that no Milvus would make: it has no fields. */
const impossible = (at: CollectionName): CollectionName => ({ ...at, collection: `${at.collection} -` });
const emptyCollection = {
  schema: {
    name: '',
    description: '',
    autoID: false,
    fields: [],
    enable_dynamic_field: false,
    properties: [],
    functions: [],
    struct_array_fields: [],
  },
  shardsNum: 1,
  consistencyLevel: 0,
  properties: [],
  numPartitions: 0,
};

/** An import of no files is refused before a job is made of it. */
const noFiles = { partition: '', files: [], isL0: false, storageVersion: 0n, ezk: '' };

async function deniedOf(
  attempts: readonly Attempt[],
  signal: AbortSignal,
): Promise<{ denied: string[]; unknown: string[] }> {
  const denied: string[] = [];
  const unknown: string[] = [];
  await Promise.all(
    attempts.map(async ([call, attempt]) => {
      try {
        await attempt(signal);
      } catch (error) {
        if (signal.aborted || !isBackupError(error)) throw error;
        if (error.code === 'MILVUS_AUTH') denied.push(call);
        else if (error.code === 'MILVUS_UNSUPPORTED') unknown.push(call);
        else if (error.code === 'MILVUS_UNREACHABLE') throw error;
      }
    }),
  );
  return { denied: denied.toSorted(), unknown: unknown.toSorted() };
}

function judge(
  what: string,
  { denied, unknown }: { denied: readonly string[]; unknown: readonly string[] },
  bad: (message: string, remedy: string) => Finding,
): Finding {
  if (denied.length > 0) {
    return bad(
      `Milvus denies ${denied.join(', ')}, which ${what} needs`,
      'grant them to the user of milvus.user, for all collections (*) or for those that matter, or use an administrator',
    );
  }
  if (unknown.length > 0)
    return bad(
      `Milvus does not know ${unknown.join(', ')}, which ${what} needs`,
      'use a version of Milvus that is tested with this tool',
    );
  return ok(`all calls of ${what} are allowed`);
}

async function tryRbac(milvus: MilvusGateway, signal: AbortSignal): Promise<Finding> {
  try {
    await milvus.backupRbac({ signal });
    return ok('users, roles and grants can be read');
  } catch (error) {
    const { code, message } = toBackupError(error);
    if (code === 'MILVUS_UNSUPPORTED')
      return skipped('this Milvus cannot tell users, roles and grants; --rbac is not for it');
    if (code !== 'MILVUS_AUTH') throw error;
    return warning(
      message,
      'only --rbac needs it: grant BackupRBAC and RestoreRBAC, or use an administrator',
    );
  }
}

/** Asks after an import that does not exist: whether anybody there answers for imports. */
async function tryImport(milvus: MilvusGateway, at: CollectionName, signal: AbortSignal): Promise<Finding> {
  try {
    await milvus.importState(at, '1', { signal });
  } catch (error) {
    const { code } = toBackupError(error);
    if (code === 'MILVUS_UNSUPPORTED' || code === 'MILVUS_UNREACHABLE' || signal.aborted) throw error;
    if (code === 'MILVUS_AUTH')
      return warning(
        'Milvus denies GetImportState, which a restore needs',
        'grant Import to the user of milvus.user',
      );
  }
  return ok('Milvus answers for imports; it reads them from its own bucket, see milvus-storage.root-path');
}
