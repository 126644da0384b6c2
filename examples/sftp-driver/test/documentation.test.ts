import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { driverPlugin, sftpOptionsSchema } from '../src/index.js';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8');
const page = read('../../docs/write-a-driver.md');
const snippets = [...page.matchAll(/<!-- from (\S+) -->\n```ts\n([\s\S]*?)```/g)];

it('every piece of code in "Write a driver" names the file it is from', () => {
  expect(snippets.length).toBe([...page.matchAll(/^```ts$/gm)].length);
  expect(snippets.length).toBeGreaterThan(3);
});

it.each(snippets.map(([, file = '', code = '']) => [file, code]))('code from %s is there', (file, code) => {
  expect(read(file)).toContain(code.trimEnd());
});

it('the configuration in the README is a right one', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? '';
  const { backup } = parse(yaml);
  expect(sftpOptionsSchema.safeParse(backup.storage.options).error).toBeUndefined();
});

it('every option stands in a heading of the README', () => {
  const headings = [...read('README.md').matchAll(/^### (.*)$/gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  expect(headings.sort()).toEqual(Object.keys(sftpOptionsSchema.shape).sort());
});

it('the plugin has the name of the page', () => {
  expect(driverPlugin.name).toBe('sftp');
});
