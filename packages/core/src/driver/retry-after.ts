/**
 * How long a store asks to be left alone, for `details.retryAfterMs` of the error that its answer becomes.
 * @param value the header `Retry-After`: seconds, or a date
 * @param date the header `Date` of the same answer, which a date is counted from: this machine's clock may be another
 * @returns milliseconds, above 0; `undefined` when nothing useful is said
 */
export function readRetryAfter(value: unknown, date: unknown): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const seconds = Number(value);
  const wait = Number.isNaN(seconds)
    ? Date.parse(value) - Date.parse(typeof date === 'string' ? date : '')
    : seconds * 1000;
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}
