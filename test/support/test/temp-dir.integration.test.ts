import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const program = `
  import { tempDir } from ${JSON.stringify(new URL('../dist/temp-dir.js', import.meta.url).href)};
  const one = await tempDir();
  const other = await tempDir('odd name ');
  await one.remove();
  console.log(other.path);`;

test('a folder is gone after its process, which it does not keep alive', async () => {
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toContain('odd name');
  await expect.poll(() => stat(stdout).catch((error: Error) => error.message)).toContain('ENOENT');
});
