import {
  BackupError,
  type BackupFormat,
  type BackupStrategy,
  backupFormats,
  type CollectionFilter,
  type CreateRequest,
  filterFromRequest,
  type OnMissing,
  onMissingModes,
  parseCollectionNames,
  parseDbCollections,
} from '@milvus-backup/core';
import type { CreateBody } from './schemas/create.js';
import { badCollectionName, withPrefix } from './with-prefix.js';

const strategies: readonly BackupStrategy[] = [
  'auto',
  'meta_only',
  'skip_flush',
  'bulk_flush',
  'serial_flush',
];

/** @throws BackupError with the texts of the Go tool */
export function buildCreateRequest(body: CreateBody, id: string): CreateRequest {
  const filter = withPrefix(
    'server: build option: server: build filter: ',
    () => chooseFilter(body),
    rephrase,
  );
  return {
    id,
    name: body.backup_name || undefined,
    filter,
    strategy: chooseStrategy(body),
    format: chooseFormat(body.format ?? ''),
    rbac: body.rbac,
    indexExtra: body.with_index_extra,
    rootPath: body.backup_root_path || undefined,
    pauseGC: body.gc_pause_enable,
    managementEndpoint: body.gc_pause_address || undefined,
    compat: body.compat,
    resume: body.resume,
    keepGoing: body.keep_going,
    onMissing: chooseOnMissing(body.on_missing ?? ''),
  };
}

/** A filter counts even when it is empty; the deprecated selectors only when they select something. */
function chooseFilter(body: CreateBody): CollectionFilter | undefined {
  return (
    filterFromRequest(body.filter) ??
    parseDbCollections(body.db_collections) ??
    parseCollectionNames(body.collection_names ?? [])
  );
}

function rephrase(error: BackupError): string | null {
  const name = badCollectionName(error);
  return name === null ? null : `server: invalid collection name ${name}`;
}

/** The deprecated flags count only without a strategy; of the two, `force` wins. */
function chooseStrategy(body: CreateBody): BackupStrategy {
  const named = body.strategy ?? '';
  if (named === '') {
    if (body.force) return 'skip_flush';
    return body.meta_only ? 'meta_only' : 'auto';
  }
  const known = strategies.find((strategy) => strategy === named);
  if (known !== undefined) return known;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `server: build option: server: build strategy: backup: invalid strategy ${named}`,
  });
}

function chooseOnMissing(named: string): OnMissing | undefined {
  if (named === '') return undefined;
  const known = onMissingModes.find((mode) => mode === named);
  if (known !== undefined) return known;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `invalid on_missing ${JSON.stringify(named.slice(0, 64))}`,
    remedy: `set it to ${onMissingModes.join(', ')}, or leave it out`,
  });
}

function chooseFormat(named: string): BackupFormat | undefined {
  if (named === '') return undefined;
  const known = backupFormats.find((format) => format === named);
  if (known !== undefined) return known;
  throw new BackupError({
    code: 'INVALID_ARGUMENT',
    message: `invalid format ${JSON.stringify(named.slice(0, 64))}`,
    remedy: `leave format out, or set it to ${backupFormats.join(', ')}`,
  });
}
