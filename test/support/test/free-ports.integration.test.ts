import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const program = `
  import { freePorts } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
  console.log(JSON.stringify(await freePorts(200)));
  process.stdin.resume();`;

test('never gives a port to two processes', async () => {
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const lists = await Promise.all(
    children.map(async (child) => {
      const [line] = await once(createInterface(child.stdout), 'line');
      return JSON.parse(String(line)) as number[];
    }),
  );
  await Promise.all(
    children.map(async (child) => {
      child.stdin.end();
      await once(child, 'exit');
    }),
  );
  const all = lists.flat();
  expect(all).toHaveLength(600);
  expect(new Set(all).size).toBe(600);
});
