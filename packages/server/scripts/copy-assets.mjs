/**
 * Puts the pages of the API documentation into dist/assets: our own two files and what they load of swagger-ui-dist.
 * Copied at build time, because swagger-ui-dist as a run-time dependency would bring its telemetry along.
 */
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../assets/', import.meta.url));
const target = fileURLToPath(new URL('../dist/assets/', import.meta.url));
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const fromSwagger = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
];

/** By rename, so that a test which runs beside a build never reads half a file. */
const place = async (from, name) => {
  const unfinished = join(target, `.${name}.${process.pid}`);
  await copyFile(from, unfinished);
  await rename(unfinished, join(target, name));
};

await mkdir(target, { recursive: true });
for (const name of await readdir(own)) await place(join(own, name), name);
for (const name of fromSwagger) await place(join(swagger, name), name);
