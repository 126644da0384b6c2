import { afterEach, expect, test, vi } from 'vitest';
import { findPython } from '../src/tools/python.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a missing Python is an error that says what to do', async () => {
  vi.stubEnv('MILVUS_BACKUP_PYTHON', '/nowhere/python3');
  await expect(findPython()).rejects.toMatchObject({
    code: 'PYTHON_MISSING',
    remedy: expect.stringContaining('Install Python 3'),
  });
});

test('finds the Python of the machine', async () => {
  const python = await findPython();
  expect(python.major).toBe(3);
  expect(python.minor).toBeGreaterThanOrEqual(8);
});
