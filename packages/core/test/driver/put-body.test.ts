import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { BackupError, type PutBody, readBody } from '../../src/driver/index.js';
import { thrownBy } from './thrown-by.js';

const read = async (body: PutBody, rules: { size?: number; signal?: AbortSignal } = {}): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(body, { key: 'key', ...rules })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
async function* streamOf(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

describe('readBody', () => {
  it('passes chunks on', async () => {
    expect(await read(Buffer.from('memory'))).toBe('memory');
    expect(await read(streamOf('a', 'b', 'c'))).toBe('abc');
    expect(await read(streamOf(), { size: 0 })).toBe('');
  });

  it.each([
    ['short', 4, 'has 3 bytes, not 4'],
    ['long', 2, 'has at least 3 bytes, not 2'],
  ])('refuses a body that is too %s', async (_name, size, text) => {
    const error = await thrownBy(() => read(streamOf('a', 'b', 'c'), { size }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(text);
  });

  it('keeps our errors and wraps others', async () => {
    const ours = new BackupError({ code: 'STORAGE_BUSY', message: 'busy' });
    async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw error;
    }
    expect(await thrownBy(() => read(failing(ours)))).toBe(ours);
    const foreign = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    expect(await thrownBy(() => read(failing(foreign)))).toMatchObject({
      code: 'STORAGE_ERROR',
      cause: foreign,
    });
  });

  it('ends a source that is left early', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('x');
      } finally {
        ended = true;
      }
    }
    for await (const _chunk of readBody(source(), { key: 'key' })) break;
    await new Promise(setImmediate);
    expect(ended).toBe(true);
  });

  it('leaves a hanging source when the signal aborts, and no listener behind', async () => {
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      setImmediate(() => controller.abort());
      await new Promise(() => undefined);
    }
    const error = await thrownBy(() => read(hanging(), { signal: controller.signal }));
    expect(error.code).toBe('CANCELLED');
  });

  it('holds no chunk that was passed on', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let turn = 0; turn < 200; turn += 1) yield Buffer.alloc(1024 * 1024);
    }
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let turns = 0;
    for await (const _chunk of readBody(source(), { key: 'key', signal: new AbortController().signal })) {
      turns += 1;
      if (turns % 20 !== 0) continue;
      collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).toBeLessThan(60 * 1024 * 1024);
  });

  it('reads nothing when the signal is aborted already', async () => {
    let asked = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      asked = true;
      yield Buffer.from('x');
    }
    const error = await thrownBy(() => read(source(), { signal: AbortSignal.abort() }));
    expect(error.code).toBe('CANCELLED');
    expect(asked).toBe(false);
  });
});
