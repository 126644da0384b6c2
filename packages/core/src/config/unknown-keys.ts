import { distance } from 'fastest-levenshtein';
import type { FileContent } from './file-value.js';
import type { Schema } from './key-spec.js';
import { findOption } from './resolve-layers.js';
import { retiredV1Keys, schemaV1 } from './schema-v1.js';
import { schemaV2 } from './schema-v2.js';
import type { SetPair } from './set-args.js';

/** Sentences about what was written and has no effect, each with what to write instead when that is known. */
export function findUnknownKeys(
  schema: Schema,
  file: FileContent | null,
  set: readonly SetPair[],
): readonly string[] {
  const warnings: string[] = [];
  for (const [lower, { key, line }] of file?.entries ?? []) {
    if (lower === 'configversion' || schema.find(lower) !== undefined || findOption(schema, lower)) continue;
    if (schema.version === 'v1' && retiredV1Keys.has(lower)) continue;
    warnings.push(`${key} in line ${line} is ignored: ${explain(schema, key)}`);
  }
  for (const { name } of set) {
    if (schema.find(name) !== undefined || findOption(schema, name) !== null) continue;
    warnings.push(`--set ${name} is ignored: ${explain(schema, name)}`);
  }
  return warnings;
}

/**
 * Variables of schema v1 that a v2 set-up does not read. A user who moves on would otherwise see defaults
 * where the container still says something else.
 */
export function findIgnoredVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const warnings: string[] = [];
  for (const spec of schemaV1.specs) {
    const value = spec.env === undefined ? undefined : env[spec.env];
    if (spec.env === undefined || value === undefined || schemaV2.find(spec.env) !== undefined) continue;
    if (/^[a-z]+:\/\//.test(value)) continue;
    const variable = schemaV2.find(spec.becomes ?? '')?.env;
    const instead =
      variable === undefined ? `write ${spec.becomes} in the file or with --set` : `use ${variable}`;
    warnings.push(`environment variable ${spec.env} is of schema v1 and ignored: ${instead}`);
  }
  return warnings;
}

function explain(schema: Schema, name: string): string {
  if (/^storages(\.|$)/i.test(name) && schema.version === 'v1')
    return 'named stores need schema v2, begin the file with configVersion: v2';
  if (/^storages(\.[^.]+)?$/i.test(name)) return 'it is a section, write name and keys of a store below it';
  if (schema.isSection(name)) return 'it is a section, write its keys indented below it';
  if (schema.version === 'v2') {
    const old = schemaV1.find(name);
    if (old?.becomes !== undefined) return `it is a key of schema v1, write ${old.becomes}`;
    if (old !== undefined) return 'it is a key of schema v1 without effect';
  } else if (schemaV2.find(name) !== undefined) {
    const old = schemaV1.specs.find((spec) => spec.becomes === schemaV2.find(name)?.key);
    const instead = old === undefined ? 'begin the file with configVersion: v2' : `write ${old.key}`;
    return `it is a key of schema v2 and this set-up is of v1, ${instead}`;
  }
  const near = suggestKey(schema, name);
  return near === null ? 'there is no such key' : `there is no such key, did you mean ${near}?`;
}

/** The known key or variable that is spelled most alike; `null` when none is near. */
export function suggestKey(schema: Schema, name: string): string | null {
  const lower = name.toLowerCase();
  if (lower.length < 3) return null;
  const names = schema.specs.flatMap(({ key, env }) => (env === undefined ? [key] : [key, env]));
  let best: { name: string; far: number } | null = null;
  for (const candidate of names) {
    // a name cut short is nearer than one of equal length with other letters
    const far = candidate.toLowerCase().startsWith(lower) ? 0 : distance(lower, candidate.toLowerCase());
    if (best === null || far < best.far) best = { name: candidate, far };
  }
  return best !== null && best.far <= Math.max(2, Math.floor(lower.length / 3)) ? best.name : null;
}
