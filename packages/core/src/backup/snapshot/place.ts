import type { StorageSection } from '../../config/types.js';
import { BackupError } from '../../errors/index.js';
import type { SnapshotPlace } from '../../milvus/gateway-snapshots.js';
import { cloudProviderOf, makeExternalSpec } from './external-spec.js';

/** A folder of the backup's store in Milvus's words. */
export interface BundlePlace extends SnapshotPlace {
  readonly bucket: string;
  /** Without a slash at the end. */
  readonly key: string;
}

/**
 * How Milvus is told a folder of the backup's store: with credentials only when that store is not its own.
 * @throws BackupError `UNSUPPORTED` for stores and credentials that Milvus cannot be handed, `CONFIG_INVALID` without an address
 */
export async function planBundlePlace(
  milvus: StorageSection,
  backup: StorageSection,
  folder: string,
  readText: (path: string) => Promise<string>,
): Promise<BundlePlace> {
  cloudProviderOf(milvus);
  cloudProviderOf(backup);
  const key = folder.replace(/\/+$/, '');
  const same = isSameBackend(milvus, backup);
  const uri = `${baseOf(backup, same)}/${key}`;
  const externalSpec = same ? '' : await makeExternalSpec(backup, readText);
  return { uri, externalSpec, bucket: backup.bucketName, key };
}

/** For programs that embed the service without files. */
export function noFiles(path: string): Promise<string> {
  throw new BackupError({
    code: 'UNSUPPORTED',
    message: `this program cannot read ${path}, which Milvus would have to be handed`,
    remedy: 'take the backup with --format binlog',
  });
}

/** As the Go tool tells stores apart: buckets of one backend may differ. */
export function isSameBackend(a: StorageSection, b: StorageSection): boolean {
  return (
    a.provider === b.provider &&
    endpointOf(a) === endpointOf(b) &&
    a.region === b.region &&
    a.useSSL === b.useSSL &&
    a.accountName === b.accountName
  );
}

function baseOf(section: StorageSection, same: boolean): string {
  const { provider, bucketName, address, milvusAddress = '', milvusPort = 0 } = section;
  if (provider === 'gcpnative') return `gcs://${bucketName}`;
  if (provider === 'azure') {
    const own = `${section.accountName}.blob.${endpointOf(section).replace(/:443$/, '')}`;
    const host = milvusAddress === '' ? own : withPort(milvusAddress, milvusPort);
    return `azure://${host}/${bucketName}`;
  }
  if (milvusAddress !== '')
    return `minio://${withPort(milvusAddress, milvusPort || section.port)}/${bucketName}`;
  if (same || (address === '' && section.region !== '')) return `s3://${bucketName}`;
  if (address === '') throw withoutAddress(section.path);
  return `minio://${endpointOf(section)}/${bucketName}`;
}

const withPort = (host: string, port: number): string => (port === 0 ? host : `${host}:${port}`);

const endpointOf = ({ address, port }: StorageSection): string =>
  withPort(address.trim().toLowerCase().replace(/\.$/, ''), address === '' ? 0 : port);

function withoutAddress(path: string): BackupError {
  return new BackupError({
    code: 'CONFIG_INVALID',
    message: `${path} has neither an address nor a region: Milvus cannot be told where to write the backup`,
    remedy: `set ${path}.address, or ${path}.milvusAddress when Milvus reaches the store under another one`,
    details: { section: path },
  });
}
