import { isPort } from './check-value.js';
import { type Problem, quote } from './problem.js';
import type { StoragePath } from './schema-v2-storage.js';
import { isExplicit, type Setting, type Settings } from './setting.js';
import { type AuthType, authTypes } from './types.js';

/** Which credential keys belong to which type of authentication, and which of them it cannot do without. */
const credentials: Readonly<
  Record<AuthType, { readonly needs: readonly string[]; readonly allows: readonly string[] }>
> = {
  static: { needs: ['accessKeyID', 'secretAccessKey'], allows: ['sessionToken'] },
  sharedKey: { needs: ['accountKey'], allows: [] },
  serviceAccount: { needs: ['credentialsFile'], allows: [] },
  iam: { needs: [], allows: ['endpoint'] },
  default: { needs: [], allows: [] },
};
const credentialKeys = Object.values(credentials).flatMap(({ needs, allows }) => [...needs, ...allows]);

/** Names below `auth` that mean something with this type. */
export function credentialsOf(type: unknown): readonly string[] {
  const known = authTypes.find((word) => word === type);
  return known === undefined ? [] : [...credentials[known].needs, ...credentials[known].allows];
}

const authTypesOf = (provider: string): readonly AuthType[] => {
  if (provider === 'azure') return ['sharedKey', 'default'];
  return provider === 'gcpnative' ? ['serviceAccount', 'default'] : ['static', 'iam', 'default'];
};

/** The rules of one storage section that depend on more than one of its keys. */
export function validateStorage(
  settings: Settings,
  path: StoragePath,
  version: 'v1' | 'v2',
): readonly Problem[] {
  const problems: Problem[] = [];
  const find = (name: string): Setting | undefined => settings.get(`${path}.${name}`);
  const textOf = (name: string): string => String(find(name)?.value ?? '');
  const nameOf = (name: string): string => find(name)?.name ?? `${path}.${name}`;
  // what both sections have in common has been judged where it was written
  const isHeir = ['provider', 'auth.type'].every((name) => find(name)?.source === 'inherited');
  const report = (name: string, message: string, remedy: string): void => {
    const origin = find(name);
    if (isHeir && origin?.source === 'inherited') return;
    problems.push({ key: nameOf(name), message, remedy, ...(origin === undefined ? {} : { origin }) });
  };
  const provider = textOf('provider');
  const isLocal = provider === 'local';
  // what a package of somebody else needs only that package knows
  const isForeign = textOf('driver') !== '';

  checkAddressOfMilvus();
  if (!isLocal && isExplicit(find('localPath')) && textOf('localPath') !== '')
    report('localPath', `is only for the provider local, not ${provider}`, 'remove the key');
  if (isLocal || isForeign) return problems;
  if (!isPort(find('port')?.value))
    report('port', `invalid port ${textOf('port')}, want 1-65535`, 'write the port as a number');
  if (textOf('bucketName') === '')
    report('bucketName', 'is empty', 'write the name of the bucket (azure: of the container)');
  checkAccount();
  checkAuth();
  return problems;

  function checkAddressOfMilvus(): void {
    const address = textOf('milvusAddress');
    if (address !== '' && isLocal)
      report('milvusAddress', 'does not apply to the provider local', 'remove the key');
    if (address.includes('://'))
      report(
        'milvusAddress',
        `invalid value ${quote(address)}, want a host`,
        'write the host without scheme',
      );
    const port = find('milvusPort')?.value;
    if (port === 0) return;
    if (!isPort(port))
      report('milvusPort', `invalid port ${String(port)}, want 1-65535`, 'write a port, or 0');
    if (address === '')
      report('milvusPort', `needs ${nameOf('milvusAddress')}`, `write ${nameOf('milvusAddress')} too`);
  }

  function checkAccount(): void {
    const account = find('accountName');
    if (provider === 'azure' && account?.value === '')
      report('accountName', 'is required for azure', 'write the name of the storage account');
    if (provider !== 'azure' && isExplicit(account) && account?.value !== '')
      report('accountName', `is only for azure, not ${provider}`, 'remove the key');
  }

  function checkAuth(): void {
    const type = textOf('auth.type');
    const allowed = authTypesOf(provider);
    const known = allowed.find((word) => word === type);
    if (known === undefined) {
      const message = `invalid value ${quote(type)} for ${provider}, want one of: ${allowed.join(', ')}`;
      report('auth.type', message, `write ${path}.auth.type: ${allowed[0]}`);
      return;
    }
    // schema v1 has no word for the type, it follows from the provider and useIAM
    const whenType = `when ${version === 'v2' ? nameOf('auth.type') : 'the authentication'} is "${known}"`;
    const otherType = version === 'v2' ? `another type in ${nameOf('auth.type')}` : 'useIAM: true';
    const { needs, allows } = credentials[known];
    // a token of Google stands for itself
    const byToken = provider === 'gcp' && textOf('auth.sessionToken') !== '';
    for (const key of byToken ? [] : needs)
      if (textOf(`auth.${key}`) === '')
        report(`auth.${key}`, `is required ${whenType}`, `write ${nameOf(`auth.${key}`)}, or ${otherType}`);
    for (const key of credentialKeys) {
      const setting = find(`auth.${key}`);
      if (needs.includes(key) || allows.includes(key) || !isExplicit(setting) || setting?.value === '')
        continue;
      const message = `does not apply ${whenType}`;
      report(`auth.${key}`, message, `remove the key, or write ${otherType}`);
    }
    if (known === 'serviceAccount' && textOf('auth.credentialsFile').trimStart().startsWith('{'))
      report(
        'auth.credentialsFile',
        'holds the content of a key file, want its path',
        'write the path of the file',
      );
  }
}
