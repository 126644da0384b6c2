import type { KeySpec, SettingValue } from './key-spec.js';
import type { Origin } from './problem.js';

/** One key with its value and where that came from. */
export interface Setting extends Origin {
  readonly spec: KeySpec;
  readonly value: SettingValue;
  /** The key in the words of the schema the user writes, for messages. */
  readonly name: string;
}

/** By key, in the order of the schema. */
export type Settings = ReadonlyMap<string, Setting>;

/** Whether the user wrote this value, rather than getting a default or that of another section. */
export function isExplicit(setting: Setting | undefined): boolean {
  return setting !== undefined && setting.source !== 'default' && setting.source !== 'inherited';
}
