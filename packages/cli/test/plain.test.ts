import { expect, it } from 'vitest';
import { toPlain } from '../src/output/plain.js';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

it('lets no text move the cursor, colour, or turn around what follows', () => {
  expect(toPlain('a\u001b[2Jb\u009b31mc\r\u0007\u202egnp.exe\u007f')).toBe(
    'a\\u001b[2Jb\\u009b31mc\\u000d\\u0007\\u202egnp.exe\\u007f',
  );
});

it('leaves lines, columns, and the letters of every language', () => {
  for (const text of ['two\nlines\tand a tab', 'Größe 大小 حجم 🙂']) expect(toPlain(text)).toBe(text);
});

it('leaves a JSON document what it is', () => {
  const value = { name: 'x\u009b31m\u202e', list: ['\u001b'] };
  expect(JSON.parse(toPlain(JSON.stringify(value, null, 2)))).toEqual(value);
});

it('holds for log lines on a terminal, whose colours are ours', async () => {
  const service = createFakeService({
    during: (logger) => logger.warn({ collection: 'b\u001b[2Jooks' }, 'collection \u001b]0;title\u0007'),
  });
  const { stderr } = await run(['list', '--config', ''], { service, terminal: true });
  expect(stderr).toContain('collection \\u001b]0;title\\u0007');
  expect(stderr).not.toContain('\u001b[2J');
});
