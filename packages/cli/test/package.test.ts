import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorCodes } from '@milvus-backup/core';
import { describe, expect, it } from 'vitest';
import { createCli, listCommands } from '../src/cli.js';
import { exitCodeMeanings, exitCodeOf, exitCodes } from '../src/index.js';

const root = path.join(import.meta.dirname, '..');
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

describe('the package', () => {
  it.each(sources)('%s loads nothing heavy before it is needed', (file) => {
    const text = readFileSync(path.join(root, 'src', file), 'utf8');
    const imported = [...text.matchAll(/^(?:import|export) (?!type)[^;]*? from '([^']+)'/gm)].map(
      ([, name]) => name,
    );
    const heavy = imported.filter((name) => /^(@milvus-backup\/|pino|cli-progress)/.test(name ?? ''));
    expect(heavy).toEqual([]);
  });

  it('reads the process in bin.ts alone', () => {
    const readers = sources.filter((file) =>
      /\bprocess\.\w|\bconsole\.\w|Date\.now/.test(readFileSync(path.join(root, 'src', file), 'utf8')),
    );
    expect(readers).toEqual(['bin.ts']);
  });

  it('has a meaning for every exit code in use', () => {
    const used = errorCodes.map((code) => exitCodeOf({ code, details: {} }));
    const told = exitCodeMeanings.map(([code]) => code);
    expect(told).toEqual(Object.values(exitCodes));
    expect(told).toEqual(expect.arrayContaining(used));
    expect(exitCodeOf({ code: 'CANCELLED', details: { signal: 'SIGTERM' } })).toBe(143);
  });
});

describe('the README', () => {
  it.each(
    listCommands(createCli('9.9.9')).map(({ path: words, flags }) => [words.join(' '), flags] as const),
  )('has a heading for %s with all its flags', (command, flags) => {
    const start = readme.indexOf(`### ${command}\n`);
    expect(start).toBeGreaterThan(0);
    const section = readme.slice(start, readme.indexOf('\n### ', start + 1));
    const global = readme.slice(readme.indexOf('## Options'), readme.indexOf('## Commands'));
    for (const { names } of flags) expect(section + global).toContain(`\`${names.join(', ')}\``);
  });

  it('has every exit code', () => {
    for (const [code, meaning] of exitCodeMeanings) expect(readme).toContain(`| ${code} | ${meaning} |`);
  });
});
