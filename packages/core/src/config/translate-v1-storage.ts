import type { SettingValue } from './key-spec.js';
import { type Problem, quote } from './problem.js';
import type { StoragePath } from './schema-v2-storage.js';
import type { Setting, Settings } from './setting.js';
import { type AuthType, type Provider, providers } from './types.js';

interface Section {
  readonly section: StoragePath;
  /** What comes before the name of a key: `minio.` or `minio.backup`. */
  readonly prefix: 'minio.' | 'minio.backup';
}

/** Short names that schema v1 knows and v2 does not. */
export const providerAliases: ReadonlyMap<string, Provider> = new Map([
  ['ali', 'aliyun'],
  ['alibaba', 'aliyun'],
  ['alicloud', 'aliyun'],
  ['tc', 'tencent'],
]);

/** Keys that mean the same whatever the provider is. */
const plainKeys = ['driver', 'options', 'address', 'port', 'region', 'useSSL', 'bucketName', 'rootPath'];

/** Translates one storage section of schema v1 after inheritance; only the credentials that apply are kept. */
export function translateStorageV1(
  v1: Settings,
  { section, prefix }: Section,
  put: (key: string, from: Setting, value: SettingValue) => void,
  problems: Problem[],
): void {
  const get = (name: string): Setting => {
    const key = prefix === 'minio.' ? name : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const setting = v1.get(`${prefix}${key}`);
    if (setting === undefined) throw new TypeError(`schema v1 has no key ${prefix}${key}`);
    return setting;
  };
  const copy = (name: string, to: string): void => put(`${section}.${to}`, get(name), get(name).value);

  const type = get('storageType');
  const provider = readProvider(type);
  if (provider === null) {
    problems.push({
      key: type.name,
      message: `storage: unsupported storage type: ${quote(String(type.value))}`,
      remedy: `write one of ${[...providers, ...providerAliases.keys()].join(', ')}`,
      origin: type,
    });
    return;
  }
  put(`${section}.provider`, type, provider);
  for (const name of plainKeys) copy(name, name);

  const iam = get('useIAM');
  const putType = (from: Setting, value: AuthType): void => put(`${section}.auth.type`, from, value);
  if (provider === 'azure') {
    copy('accessKeyID', 'accountName');
    putType(iam, iam.value === true ? 'default' : 'sharedKey');
    if (iam.value !== true) copy('secretAccessKey', 'auth.accountKey');
  } else if (provider === 'gcpnative') {
    const byFile = get('gcpCredentialJSON').value !== '' || iam.value !== true;
    putType(byFile ? type : iam, byFile ? 'serviceAccount' : 'default');
    if (byFile) copy('gcpCredentialJSON', 'auth.credentialsFile');
  } else if (iam.value === true && provider !== 'local') {
    putType(iam, 'iam');
    copy('iamEndpoint', 'auth.endpoint');
  } else {
    putType(iam, 'static');
    copy('accessKeyID', 'auth.accessKeyID');
    copy('secretAccessKey', 'auth.secretAccessKey');
    copy('token', 'auth.sessionToken');
  }
}

function readProvider(type: Setting): Provider | null {
  const name = String(type.value).toLowerCase();
  return providerAliases.get(name) ?? providers.find((provider) => provider === name) ?? null;
}
