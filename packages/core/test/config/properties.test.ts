import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readYaml } from '../../src/config/read-yaml.js';
import { schemaV1 } from '../../src/config/schema-v1.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { isBackupError } from '../../src/errors/index.js';
import { loadText } from './load-text.js';

const specs = [...schemaV1.specs, ...schemaV2.specs];
const key = fc.constantFrom(...specs.map((spec) => spec.key));
const variable = fc.constantFrom(...specs.flatMap(({ env }) => (env === undefined ? [] : [env])));
const value = fc.oneof(
  fc.string(),
  fc.constantFrom('0', '1', 'true', '', 'azure', 'local', 'v2', 'a,b'),
  fc.integer().map(String),
);
const yamlPiece = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(
    'milvus:',
    'minio:',
    '  port: ',
    '\n',
    '  ',
    '- ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '<<: ',
    '!!',
    ': ',
    '#',
    '|',
    '>',
    '%YAML 1.1\n---\n',
    '\t',
    '~',
    '0123',
    '.inf',
    '\0',
    '__proto__: 1',
    '? ',
    '2001-01-01',
  ),
);
const yamlText = fc.array(yamlPiece, { maxLength: 25 }).map((pieces) => pieces.join(''));

/** Loads, and lets only errors of our own pass. */
async function survives(
  text: string | null,
  set: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await loadText(text, { set, env });
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect(['CONFIG_INVALID']).toContain(error.code);
    expect(error.message).not.toBe('');
    expect(error.remedy).toBeTruthy();
  }
}

describe('whatever is written', () => {
  it('a file gives a configuration or a BackupError', async () => {
    await fc.assert(
      fc.asyncProperty(yamlText, (text) => survives(text, [], {})),
      { numRuns: 600 },
    );
  });

  it('any values under known keys do, too', async () => {
    const tree = fc.dictionary(key, fc.oneof(value, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), (settings, v2) =>
        survives(stringify(v2 ? { configVersion: 'v2', ...settings } : settings), [], {}),
      ),
      { numRuns: 300 },
    );
  });

  it('--set and the environment do, too', async () => {
    const pair = fc.oneof(
      fc.string(),
      fc.tuple(fc.oneof(key, variable), value).map(([name, text]) => `${name}=${text}`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(null, '', 'configVersion: v2'),
        fc.array(pair, { maxLength: 6 }),
        fc.dictionary(variable, value, { maxKeys: 4 }),
        survives,
      ),
      { numRuns: 300 },
    );
  });
});

describe('lines', () => {
  it('are those on which the keys stand', () => {
    const name = fc
      .stringMatching(/^[a-z]{1,8}$/)
      .filter((word) => !['null', 'true', 'false'].includes(word));
    const filler = fc.array(fc.constantFrom('', '# comment', '  # inner'), { maxLength: 3 });
    const section = fc.tuple(
      filler,
      fc.uniqueArray(fc.tuple(name, filler), { selector: ([word]) => word, minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, section), { selector: ([word]) => word }), (sections) => {
        const lines: string[] = [];
        const expected: Record<string, number> = {};
        for (const [outer, [before, keys]] of sections) {
          lines.push(...before, `${outer}:`);
          for (const [inner, gap] of keys) {
            lines.push(...gap, `  ${inner}: 1`);
            expected[`${outer}.${inner}`] = lines.length;
          }
        }
        const found = [...readYaml(lines.join('\n'), 'f', () => false).entries].map(([path, { line }]) => [
          path,
          line,
        ]);
        expect(Object.fromEntries(found)).toEqual(expected);
      }),
    );
  });
});
