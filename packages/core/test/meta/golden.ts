import { readFileSync } from 'node:fs';
import { type MetaFileName, metaFileNames } from '../../src/layout/index.js';

/** Metadata written by the Go tool, copied byte for byte. */
export const goldens = {
  b1: 'go-0.5.16-milvus-2.3.5/b1',
  e1: 'go-0.5.16-milvus-2.3.5/e1',
  mo: 'go-0.5.16-milvus-2.3.5/mo',
  old4: 'go-0.4.30-milvus-2.3.5/old4',
} as const;

export type Golden = keyof typeof goldens;

export function readGolden(golden: Golden, file: MetaFileName): string {
  return readFileSync(new URL(`../fixtures/golden/${goldens[golden]}/meta/${file}`, import.meta.url), 'utf8');
}

export function readGoldenFiles(golden: Golden): Readonly<Record<MetaFileName, string>> {
  const entries = metaFileNames.map((file) => [file, readGolden(golden, file)]);
  return Object.fromEntries(entries);
}
