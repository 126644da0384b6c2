import { readFile } from 'node:fs/promises';
import { renderApiDocument } from '@milvus-backup/server';
import { expect, test } from 'vitest';
import { generateTypes } from '../scripts/types-of.mjs';

test('the types in the repository are those of the document', async () => {
  const file = new URL('../src/generated/api-v2.ts', import.meta.url);
  const made = await generateTypes(await renderApiDocument({ api: 'v2', version: '', basePath: '/api/v2' }));
  // When this fails: npm run build
  expect(await readFile(file, 'utf8')).toBe(made);
});
