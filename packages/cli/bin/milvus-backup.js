#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/bin.js', import.meta.url);

if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write(
    'Error: milvus-backup is not built yet\n  → run `npm ci && npm run build` at the root of the repository\n',
  );
  process.exitCode = 1;
}
