import type { RecordedCall } from '@milvus-backup/test-support';

/** Asked as often as it takes: once is enough in a list. */
const polls = new Set([
  'GetFlushState',
  'GetFlushAllState',
  'GetImportState',
  '/v2/vectordb/jobs/import/describe',
]);

/**
 * What went over the wire, a line a call: its name, the database of its header, and every field of its message that is not empty.
 * Sorted, since much runs side by side; questions that are asked until the answer is yes stand once.
 * Times, tickets and numbers of jobs are not told.
 * @param names what stands in place of ids, by id
 */
export function spokenCalls(
  calls: readonly RecordedCall[],
  names: ReadonlyMap<string, string> = new Map(),
): string[] {
  const lines = calls.map((call) => {
    const method = call.method.replace(/ticket=.+/, 'ticket=T');
    const text = `${method}${databaseOf(call)} ${fieldsOf(call)}`.trim();
    return [...names].reduce((line, [id, name]) => line.replaceAll(id, name), text);
  });
  const once = (line: string, index: number): boolean =>
    !polls.has(line.split(' ')[0] ?? '') || lines.indexOf(line) === index;
  return lines.filter(once).sort();
}

function databaseOf({ kind, headers }: RecordedCall): string {
  return kind === 'grpc' && headers.dbname ? ` @${headers.dbname}` : '';
}

function fieldsOf({ kind, request, method }: RecordedCall): string {
  if (method === 'Connect') {
    const info = request.client_info as { readonly sdk_type: string };
    return JSON.stringify({ sdk_type: info.sdk_type });
  }
  const entries = Object.entries(request).filter(
    ([key, value]) => kind === 'rest' || (key !== 'base' && !isEmpty(value)),
  );
  return entries.length === 0 ? '' : JSON.stringify(Object.fromEntries(entries), shorten);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value || value === '0';
}

function shorten(key: string, value: unknown): unknown {
  if (key === 'jobId' || key === 'task') return 'J';
  if (key === 'flush_ts') return 'TIME';
  if (key === 'flush_all_tss') return 'TIMES';
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer ? 'bytes' : value;
}
