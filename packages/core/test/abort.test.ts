import { describe, expect, it } from 'vitest';
import { isBackupError, sleep } from '../src/errors/index.js';

describe('sleep', () => {
  it('rejects with CANCELLED as soon as the signal aborts', async () => {
    const controller = new AbortController();
    const waiting = sleep(60_000, controller.signal);
    controller.abort();
    const error: unknown = await waiting.catch((e: unknown) => e);
    expect(isBackupError(error) && error.code).toBe('CANCELLED');
  });
});
