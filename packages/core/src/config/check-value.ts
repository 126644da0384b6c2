import type { Check, KeySpec } from './key-spec.js';
import { type Problem, quote } from './problem.js';
import { tlsModes } from './schema-v2.js';
import type { Setting } from './setting.js';
import { providerAliases } from './translate-v1-storage.js';

/** Checks one value by the rule of its key; gives the setting with a normalised value. */
export function checkSetting(setting: Setting, problems: Problem[]): Setting {
  const check = setting.spec.check;
  // a value that came from another key has been checked there
  if (check === undefined || setting.source === 'inherited') return normalise(setting, check);
  const wrong = findFault(setting.spec, check, setting.value);
  if (wrong === null) return normalise(setting, check);
  problems.push({ key: setting.name, ...wrong, origin: setting });
  return { ...setting, value: setting.spec.default };
}

function normalise(setting: Setting, check: Check | undefined): Setting {
  if (check?.kind !== 'oneOf' || typeof setting.value !== 'string') return setting;
  const lower = setting.value.toLowerCase();
  const value = check.values.find((allowed) => allowed.toLowerCase() === lower);
  return value === undefined ? setting : { ...setting, value };
}

type Fault = Pick<Problem, 'message' | 'remedy'>;

function findFault(spec: KeySpec, check: Check, value: Setting['value']): Fault | null {
  switch (check.kind) {
    case 'oneOf':
      return findEnumFault(spec, check.values, String(value));
    case 'port':
      return isPort(value)
        ? null
        : { message: `invalid port ${String(value)}, want 1-65535`, remedy: `write the port as a number` };
    case 'positive':
      return typeof value === 'number' && value > 0
        ? null
        : {
            message: `invalid value ${String(value)}, want a positive number`,
            remedy: `write 1 or more, or remove the key to have ${String(spec.default)}`,
          };
    case 'notNegative':
      return typeof value === 'number' && value >= 0
        ? null
        : {
            message: `invalid value ${String(value)}, want 0 or more`,
            remedy: `write 0 or more, or remove the key to have ${String(spec.default)}`,
          };
    case 'url':
      return value === '' || isHttpUrl(String(value))
        ? null
        : {
            message: `invalid URL ${quote(String(value))}, want an absolute http(s) URL such as http://localhost:9091`,
            remedy: 'write scheme, host and port',
          };
  }
}

function findEnumFault(spec: KeySpec, values: readonly string[], value: string): Fault | null {
  const lower = value.toLowerCase();
  if (values.some((allowed) => allowed.toLowerCase() === lower)) return null;
  if (spec.key === 'log.level') {
    // an empty level is `info` to the Go tool
    if (value === '') return null;
    return {
      message: `unrecognized level: ${quote(value)}, want one of: ${values.join(', ')}`,
      remedy: 'write debug, info, warn or error',
    };
  }
  const mode =
    spec.key === 'milvus.grpc.tlsMode' && /^[012]$/.test(value) ? tlsModes[Number(value)] : undefined;
  if (mode !== undefined)
    return {
      message: `${quote(value)} is the v1 spelling of this mode, write it as "${mode}"`,
      remedy: `write tlsMode: ${mode}`,
    };
  const alias = spec.key.endsWith('.provider') ? providerAliases.get(lower) : undefined;
  return {
    message: `invalid value ${quote(value)}, want one of: ${values.join(', ')}`,
    remedy: alias === undefined ? 'write one of these words' : `write "${alias}" for "${lower}"`,
  };
}

export function isPort(value: unknown): boolean {
  return typeof value === 'number' && value >= 1 && value <= 65_535;
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value) || !/^https?:\/\/[^/]/i.test(value)) return false;
  return new URL(value).hostname !== '';
}
