/** The `code` of a Node system error such as `ENOENT`, or undefined for anything else. */
export function systemErrorCode(value: unknown): string | undefined {
  if (value instanceof Error && 'code' in value && typeof value.code === 'string') return value.code;
  return undefined;
}

/** Whether a process with this id exists, also one that belongs to somebody else. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
