import type { TaskView } from '@milvus-backup/core';
import { explain } from '../envelope.js';

/** As many names as one line can hold. */
const maxNames = 10;

/**
 * Why a run has state 3; empty when it has not. The Go tool has no word for a run that kept a part of what was asked: nobody may take
 * it for a success, so it is a failure that says what is missing.
 */
export function errorMessageOf(view: TaskView): string {
  if (view.error !== null) return explain(view.error);
  if (view.state !== 'partial') return '';
  const missing = view.collections.filter(({ outcome }) => outcome !== undefined && outcome !== 'done');
  const names = missing
    .slice(0, maxNames)
    .map(({ database, collection, outcome }) => `${database}.${collection} (${outcome})`);
  if (missing.length > names.length) names.push(`${missing.length - names.length} more`);
  return `partial: ${missing.length} of ${view.collections.length} collections are left out: ${names.join(', ')}`;
}
