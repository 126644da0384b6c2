import { hideUrlPassword } from './problem.js';
import type { Setting } from './setting.js';

/** Enough of a secret to tell two apart: nothing of a short one, two characters at each end of a longer one. */
export function maskSecret(value: string): string {
  if (value === '') return '';
  if (Buffer.byteLength(value) <= 4) return '****';
  const characters = [...value];
  return `${characters.slice(0, 2).join('')}****${characters.slice(-2).join('')}`;
}

/** A value as it may be shown. Of options for a foreign driver only the names are: any may be a secret. */
export function printValue({ spec, value }: Setting): string {
  if (typeof value === 'string') {
    const holdsKeyFile = spec.key.endsWith('.credentialsFile') && value.trimStart().startsWith('{');
    return spec.secret || holdsKeyFile ? maskSecret(value) : hideUrlPassword(value);
  }
  if (spec.type === 'records')
    return Array.isArray(value) && value.length > 0 ? `${value.length} entries` : '';
  if (Array.isArray(value)) return value.map((item) => hideUrlPassword(String(item))).join(',');
  if (typeof value === 'object') return `{${Object.keys(value).join(', ')}}`;
  return String(value);
}
