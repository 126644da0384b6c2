/** Go's zero time in Unix seconds: the Go tool's `end_time` of a run that has not ended. */
const goZeroTime = -62135596800;

/** @param ms milliseconds since 1970, 0 while unknown */
export const toGoSeconds = (ms: number): number => (ms === 0 ? goZeroTime : Math.floor(ms / 1000));
