import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { BackupError } from '../errors/index.js';
import type { FileContent } from './file-value.js';
import { flattenYaml } from './flatten-yaml.js';
import { createInvalidError } from './problem.js';
import { describeYamlError } from './yaml-message.js';

/**
 * Reads the text of a configuration file into settings by path, each with its line.
 * @param isWhole says which paths are taken as they stand instead of being read as a section
 * @throws BackupError `CONFIG_INVALID` when the text is no YAML, has no map at its root, or names a key twice
 */
export function readYaml(source: string, file: string, isWhole: (path: string) => boolean): FileContent {
  const lines = new LineCounter();
  const doc = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    logLevel: 'error',
  });
  const warnings: string[] = [];
  const fatal = doc.errors.filter((error) => error.code !== 'MULTIPLE_DOCS');
  if (fatal.length < doc.errors.length) warnings.push(`only the first of the documents in ${file} is read`);
  const [first] = fatal;
  if (first !== undefined) {
    const { line, col } = lines.linePos(first.pos[0]);
    // no cause: the parser's own message may hold a piece of a secret
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `cfg: parse yaml ${file}: line ${line}, column ${col}: ${describeYamlError(first)}`,
      remedy: `mend line ${line} of ${file}; put quotes around values with special characters`,
      details: { file, key: null, line, problems: fatal.length },
    });
  }

  const root = doc.contents;
  if (isScalar(root) && root.value !== null) {
    const { line } = lines.linePos(root.range?.[0] ?? 0);
    throw new BackupError({
      code: 'CONFIG_INVALID',
      message: `cfg: yaml root must be a map, got ${typeof root.value} (${file}, line ${line})`,
      remedy: 'write settings as `section:` with indented `key: value` lines below it',
      details: { file, key: null, line, problems: 1 },
    });
  }
  if (isSeq(root)) warnings.push(`${file} holds a list, not settings, and is read as empty`);
  if (!isMap(root)) return { entries: new Map(), warnings };
  const { entries, problems } = flattenYaml(doc, root, lines, isWhole);
  if (problems.length > 0) throw createInvalidError(problems, file);
  return { entries, warnings };
}
