import type { StorageSection } from '../../config/types.js';
import { BackupError } from '../../errors/index.js';

/** What Milvus calls the providers. `local`, and drivers of others, it cannot write to. */
const cloudProviders: Readonly<Partial<Record<StorageSection['provider'], string>>> = {
  s3: 'aws',
  aws: 'aws',
  minio: 'minio',
  tencent: 'tencent',
  aliyun: 'aliyun',
  hwc: 'huawei',
  azure: 'azure',
  gcp: 'gcp',
  gcpnative: 'gcpnative',
};

/** @throws BackupError `UNSUPPORTED` for a store that Milvus cannot write to */
export function cloudProviderOf({ path, provider, driver }: StorageSection): string {
  const name = driver ? undefined : cloudProviders[provider];
  if (name !== undefined) return name;
  throw new BackupError({
    code: 'UNSUPPORTED',
    message: `Milvus itself writes and reads the snapshot format, and ${path} is of a kind that it cannot: ${driver || provider}`,
    remedy: 'take the backup with --format binlog ("format": "binlog" over REST)',
    details: { section: path, provider: driver || provider },
  });
}

/**
 * How Milvus gets into a store that is not its own: JSON whose values are all texts, as Milvus declares them. It holds secrets.
 * @param readText reads the credentials file of Google
 * @throws BackupError `UNSUPPORTED` for credentials that cannot be handed on
 */
export async function makeExternalSpec(
  section: StorageSection,
  readText: (path: string) => Promise<string>,
): Promise<string> {
  const extfs = {
    cloud_provider: cloudProviderOf(section),
    use_ssl: String(section.useSSL),
    ...(section.region === '' ? {} : { region: section.region }),
    ...(await credentialsOf(section, readText)),
  };
  return JSON.stringify({ extfs });
}

async function credentialsOf(
  { path, auth, accountName }: StorageSection,
  readText: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  if (auth.sessionToken !== '') throw withToken(path);
  switch (auth.type) {
    case 'static':
      return { access_key_id: auth.accessKeyID, access_key_value: auth.secretAccessKey };
    case 'sharedKey':
      return { access_key_id: accountName, access_key_value: auth.accountKey };
    case 'serviceAccount':
      return { credential_json: await readText(auth.credentialsFile) };
    case 'iam':
    case 'default':
      return {
        ...(accountName === '' ? {} : { access_key_id: accountName }),
        use_iam: 'true',
        ...(auth.endpoint === '' ? {} : { iam_endpoint: auth.endpoint }),
      };
  }
}

function withToken(path: string): BackupError {
  return new BackupError({
    code: 'UNSUPPORTED',
    message: `${path} has a session token, which Milvus cannot be handed for the snapshot format`,
    remedy: `use keys without a token in ${path}.auth, or take the backup with --format binlog`,
    details: { section: path },
  });
}
