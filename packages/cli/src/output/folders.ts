import type { BackupFolder, CleanupItem, CleanupReport, RunFacts } from '@milvus-backup/core';
import { counted, formatBytes, formatColumns } from './text.js';

/** The lines of `list --all`: name, state, size, last sign of life, last proof by a drill, reason. */
export function formatFolders(folders: readonly BackupFolder[]): string {
  const rows = folders.map(({ name, state, size, changedAt, provenAt, reason, restores }) => [
    name,
    state.replace('-', ' '),
    formatBytes(size),
    isoTime(changedAt) ?? '-',
    isoTime(provenAt ?? 0) ?? '-',
    [reason, ...restores.map((one) => `being restored by ${one.owner}`)].filter(Boolean).join('; '),
  ]);
  return formatColumns([['NAME', 'STATE', 'SIZE', 'CHANGED', 'PROVEN', 'REASON'], ...rows]);
}

/** The document of `list --all --json`. */
export function foldersDocument(folders: readonly BackupFolder[]): object {
  return {
    folders: folders.map((folder) => ({
      name: folder.name,
      state: folder.state,
      reason: folder.reason,
      id: folder.id || null,
      milvus_version: folder.milvusVersion || null,
      size: folder.size,
      objects: folder.objects,
      changed_at: isoTime(folder.changedAt),
      proven_at: isoTime(folder.provenAt ?? 0),
      run: folder.run && runDocument(folder.run),
      restores: folder.restores.map(runDocument),
    })),
  };
}

const runDocument = (run: RunFacts): object => ({
  id: run.id,
  kind: run.kind,
  owner: run.owner,
  running: run.running,
  state: run.state,
  started_at: isoTime(run.startedAt),
  updated_at: isoTime(run.updatedAt),
});

const verbs = {
  found: 'would remove',
  removed: 'removed',
  changed: 'left, it is in use again',
  failed: 'could not remove',
} as const satisfies Record<CleanupItem['outcome'], string>;

/** One line of `cleanup`. */
export function formatItem(item: CleanupItem): string {
  const objects = `${counted(item.objects, item.kind === 'scratch' ? 'collection' : 'object')}, ${formatBytes(item.bytes)}`;
  const error = item.error === '' ? '' : `: ${item.error}`;
  return `${verbs[item.outcome]} ${item.kind.replace('-', ' ')} ${item.store}:${item.path} (${objects}) - ${item.reason}${error}\n`;
}

export function formatSum({ applied, items }: CleanupReport): string {
  const gone = items.filter(({ outcome }) => outcome === 'found' || outcome === 'removed');
  const bytes = gone.reduce((sum, one) => sum + one.bytes, 0);
  const objects = gone.reduce((sum, one) => sum + one.objects, 0);
  if (gone.length === 0) return 'nothing to clean up\n';
  const what = `${counted(gone.length, 'left-over')}, ${counted(objects, 'object')}, ${formatBytes(bytes)}`;
  return applied ? `removed ${what}\n` : `would remove ${what}; do it with --yes\n`;
}

/** The document of `cleanup --json`. */
export function cleanupDocument({ applied, olderThan, items, notes }: CleanupReport): object {
  return {
    applied,
    older_than_seconds: olderThan / 1000,
    items: items.map(({ changedAt, ...item }) => ({ ...item, changed_at: isoTime(changedAt) })),
    notes,
  };
}

const isoTime = (milliseconds: number): string | null =>
  milliseconds > 0 ? new Date(milliseconds).toISOString() : null;
