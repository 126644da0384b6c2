/**
 * Writes src/generated/api-v2.ts, the types of the second version of the API, from the document that the built server makes. Runs
 * with every build, so that the types are never those of yesterday; a test compares the file in the repository.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateTypes } from './types-of.mjs';

const target = fileURLToPath(new URL('../src/generated/api-v2.ts', import.meta.url));

const before = await readFile(target, 'utf8').catch(() => '');
const { renderApiDocument } = await import('@milvus-backup/server');
const text = await generateTypes(await renderApiDocument({ api: 'v2', version: '', basePath: '/api/v2' }));
if (text !== before) {
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
  process.stdout.write(`${target} is new\n`);
}
