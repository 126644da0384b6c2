import { splitList } from './coerce.js';
import type { KeySpec, SettingValue } from './key-spec.js';
import type { Problem } from './problem.js';
import { schemaV2, tlsModes } from './schema-v2.js';
import type { Setting, Settings } from './setting.js';
import { translateStorageV1 } from './translate-v1-storage.js';

export interface Translation {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Takes the place of the value of one key of schema v2, with the origin of the v1 setting it was made from. */
export type Put = (key: string, from: Setting, value: SettingValue) => void;

/**
 * Says in schema v2 what settings of schema v1 mean. Each value keeps its origin and the name the user knows
 * it by, so that messages and listings point at what was written.
 */
export function translateV1(v1: Settings): Translation {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const settings = new Map<string, Setting>();
  for (const spec of schemaV2.specs) settings.set(spec.key, defaultOf(spec));
  const put: Put = (key, from, value) => {
    const spec = schemaV2.find(key);
    if (spec === undefined) return;
    const { spec: _, ...origin } = from;
    settings.set(key, { ...origin, spec, value });
  };

  for (const setting of v1.values()) {
    const { becomes } = setting.spec;
    const special = specials[setting.spec.key];
    if (special !== undefined) special(setting, put, v1, warnings);
    // what the storage sections need depends on provider and authentication, so they are translated as a whole
    else if (becomes !== undefined && !/^(milvus|backup)\.storage\./.test(becomes))
      put(becomes, setting, setting.value);
  }
  translateStorageV1(v1, { section: 'milvus.storage', prefix: 'minio.' }, put, problems);
  translateStorageV1(v1, { section: 'backup.storage', prefix: 'minio.backup' }, put, problems);
  return { settings, problems, warnings };
}

type Special = (setting: Setting, put: Put, v1: Settings, warnings: string[]) => void;

const specials: Readonly<Record<string, Special>> = {
  'http.enabled': (setting, _put, _v1, warnings) => {
    if (setting.value === false)
      warnings.push('http.enabled: false has no effect; do not start `server` to have no API');
  },
  'milvus.tlsMode': (setting, put, v1, warnings) => {
    const mode = tlsModes[Number(setting.value)];
    const paired = ['milvus.mtlsCertPath', 'milvus.mtlsKeyPath'].every((key) => v1.get(key)?.value !== '');
    if (mode === undefined)
      warnings.push(`milvus.tlsMode ${String(setting.value)} is unknown and read as 0 (off), want 0, 1 or 2`);
    if (mode === 'mutual' && !paired)
      warnings.push(
        'milvus.tlsMode 2 without milvus.mtlsCertPath and milvus.mtlsKeyPath is read as 1 (server)',
      );
    put('milvus.grpc.tlsMode', setting, mode === 'mutual' && !paired ? 'server' : (mode ?? 'disabled'));
  },
  'milvus.etcd.endpoints': (setting, put) =>
    put('milvus.etcd.endpoints', setting, splitList(String(setting.value))),
  'minio.crossStorage': (setting, put) =>
    put('transfer.mode', setting, setting.value === true ? 'streaming' : 'auto'),
  'minio.multipartCopyThresholdMiB': (setting, put) => {
    // the Go tool takes its default for anything that is no size
    const value = Number(setting.value);
    put('transfer.multipartCopyThresholdMiB', setting, value > 0 ? value : Number(setting.spec.default));
  },
};

function defaultOf(spec: KeySpec): Setting {
  return { spec, name: spec.key, value: spec.default, source: 'default', sourceKey: '' };
}
