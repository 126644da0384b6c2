import { type BackupError, toBackupError } from '../errors/index.js';
import type { CheckItem } from '../service-types.js';

/** What one probe has found: a line of the report without its name. */
export type Finding = Omit<CheckItem, 'name'>;

export const ok = (message: string): Finding => ({ status: 'ok', message, remedy: '' });
export const skipped = (message: string): Finding => ({ status: 'skipped', message, remedy: '' });
export const warning = (message: string, remedy: string): Finding => ({
  status: 'warning',
  message,
  remedy,
});
export const failed = (message: string, remedy: string): Finding => ({ status: 'failed', message, remedy });

/** An error as a line; the remedy is never empty, since a line that failed without one helps nobody. */
export function failure(error: unknown, status: 'failed' | 'warning' = 'failed'): Finding {
  const { message, remedy, code }: BackupError = toBackupError(error);
  return { status, message, remedy: remedy ?? `look up ${code} in the log, with log.level debug` };
}

export const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;

const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `10.5 MB`: decimal units, as the command line shows them elsewhere. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 999.95) break;
    value /= 1000;
    unit = next;
  }
  return unit === 'B' ? `${bytes} B` : `${value.toFixed(1)} ${unit}`;
}
