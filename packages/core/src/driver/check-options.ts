import { createInvalidError, type Problem, quote } from '../config/problem.js';
import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';
import type { DriverPlugin, OptionsIssue } from './plugin.js';

const looksSecret =
  /pass|secret|token|credential|private|signature|sas|auth|(?:api|access|account|shared|^)_?-?key/i;

/**
 * The section with the options that the driver's schema made of those in the file.
 * @throws BackupError `CONFIG_INVALID` with section, key and value of each wrong option, never the value of a secret;
 *   `DRIVER_LOAD_FAILED` when the schema itself does not work
 */
export function checkOptions(
  packageName: string,
  plugin: DriverPlugin,
  section: StorageSection,
): StorageSection {
  if (plugin.optionsSchema === undefined) return section;
  const written = section.options ?? {};
  const verdict = plugin.optionsSchema['~standard'].validate(written);
  if ('then' in verdict) throw brokenSchema(packageName, 'answers later, with a promise');
  if (verdict.issues) {
    const isSecret = (path: string): boolean =>
      looksSecret.test(path) || (plugin.secretOptions ?? []).some((name) => path.startsWith(name));
    const problems = verdict.issues.flatMap((issue) => toProblems(issue, section.path, written, isSecret));
    throw createInvalidError(problems, null);
  }
  if (!isRecord(verdict.value)) throw brokenSchema(packageName, 'does not give an object');
  return { ...section, options: verdict.value };
}

function toProblems(
  issue: OptionsIssue,
  section: string,
  written: unknown,
  isSecret: (path: string) => boolean,
): readonly Problem[] {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  return namesIn(issue).map((name) => {
    const steps = [...path, ...name];
    const value = steps.reduce((found, step) => (isRecord(found) ? found[step] : undefined), written);
    const key = [section, 'options', ...steps].join('.');
    const shown = isSecret(steps.join('.')) ? '' : printable(value);
    return { key, message: `${shown}${issue.message}`, remedy: `correct ${key} in the configuration` };
  });
}

/** zod tells unknown keys beside the path, not in it. */
function namesIn(issue: OptionsIssue): readonly (readonly string[])[] {
  const keys: unknown = Reflect.get(issue, 'keys');
  return Array.isArray(keys) && keys.length > 0 ? keys.map((key) => [String(key)]) : [[]];
}

/** Of a block only its keys are told apart by the path; a value that is a block may hold secrets. */
function printable(value: unknown): string {
  return value === undefined || typeof value === 'object' ? '' : `invalid value ${quote(String(value))}: `;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function brokenSchema(packageName: string, what: string): BackupError {
  return new BackupError({
    code: 'DRIVER_LOAD_FAILED',
    message: `optionsSchema of the storage driver ${packageName} ${what}`,
    remedy: 'report it to the author of the driver',
    details: { driver: packageName },
  });
}
