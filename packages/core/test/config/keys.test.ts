import { describe, expect, it } from 'vitest';
import { schemaV1 } from '../../src/config/schema-v1.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { loadText, nest, show } from './load-text.js';

const storageKeys =
  'provider driver options address port region useSSL accountName bucketName rootPath localPath';
const authKeys = 'type accessKeyID secretAccessKey sessionToken accountKey credentialsFile endpoint';

describe('the table of schema v2', () => {
  it('has the keys of both storage sections', () => {
    for (const path of ['milvus.storage', 'backup.storage']) {
      const keys = schemaV2.specs.filter(({ key }) => key.startsWith(`${path}.`)).map(({ key }) => key);
      expect(keys).toEqual([
        ...storageKeys.split(' ').map((key) => `${path}.${key}`),
        `${path}.milvusAddress`,
        `${path}.milvusPort`,
        ...authKeys.split(' ').map((key) => `${path}.auth.${key}`),
      ]);
    }
  });

  // key, default, another value as text, the same value as the listing shows it
  it.each([
    ['log.level', 'info', 'warn'],
    ['log.console', 'true', 'false'],
    ['log.file.path', 'logs/backup.log', 'x.log'],
    ['log.file.maxSizeMiB', '300', '5'],
    ['log.file.maxDays', '0', '6'],
    ['log.file.maxBackups', '0', '7'],
    ['server.debugMode', 'false', 'true'],
    ['server.swaggerBasePath', '', '/x'],
    ['milvus.user', '', 'root'],
    ['milvus.grpc.address', 'localhost', 'm'],
    ['milvus.grpc.port', '19530', '1'],
    ['milvus.grpc.tlsMode', 'disabled', 'server'],
    ['milvus.grpc.caCertPath', '', 'ca'],
    ['milvus.grpc.serverName', '', 'sn'],
    ['milvus.grpc.mtlsCertPath', '', 'c'],
    ['milvus.grpc.mtlsKeyPath', '', 'k'],
    ['milvus.rest.endpoint', '', 'https://m:1'],
    ['milvus.management.endpoint', 'http://localhost:9091', 'http://m:2'],
    ['milvus.replicate.rpcChannelName', 'by-dev-replicate-msg', 'ch'],
    ['milvus.etcd.rootPath', 'by-dev', 'rp'],
    ['backup.concurrency.collections', '4', '8'],
    ['backup.concurrency.segments', '1024', '9'],
    ['backup.pauseGC', 'true', 'false'],
    ['restore.concurrency.collections', '2', '10'],
    ['restore.concurrency.importJobs', '768', '11'],
    ['restore.maxSegmentsPerImportJob', '256', '12'],
    ['restore.keepTempFiles', 'false', 'true'],
    ['transfer.mode', 'auto', 'streaming'],
    ['transfer.concurrency', '128', '13'],
    ['transfer.multipartCopyThresholdMiB', '500', '14'],
    ['transfer.maxBytesPerSecond', '0', '12500000'],
    ['transfer.maxRequestsPerSecond', '0', '15'],
    ['zillizCloud.endpoint', 'https://api.cloud.zilliz.com', 'https://z'],
    ['milvus.storage.provider', 'minio', 's3'],
    ['milvus.storage.address', 'localhost', 's'],
    ['milvus.storage.port', '9000', '443'],
    ['milvus.storage.region', '', 'eu'],
    ['milvus.storage.useSSL', 'false', 'true'],
    ['milvus.storage.bucketName', 'a-bucket', 'b'],
    ['milvus.storage.rootPath', 'files', 'r'],
    ['milvus.storage.milvusAddress', '', 'seen'],
    ['milvus.storage.auth.type', 'static', 'iam'],
    ['milvus.storage.auth.accessKeyID', 'minioadmin', 'id'],
    ['backup.storage.rootPath', 'backup', 'br'],
  ])('%s has the default %j, and is read from file and --set', async (key, fallback, other) => {
    expect(show(await loadText('configVersion: v2'), key)).toBe(`${fallback} default`.trim());
    const written = await loadText(`configVersion: v2\n${nest(key, other)}`);
    expect(show(written, key)).toBe(`${other} config ${key}`);
    expect(written.entries.find((entry) => entry.key === key)?.line).toBe(1 + key.split('.').length);
    expect(written.warnings).toEqual([]);
    expect(show(await loadText(null, { set: [`${key.toUpperCase()}=${other}`] }), key)).toBe(
      `${other} override ${key.toUpperCase()}`,
    );
  });

  it.each([
    ['MILVUS_USER', 'milvus.user', {}],
    ['MILVUS_PASSWORD', 'milvus.password', {}],
    ['ZILLIZ_CLOUD_API_KEY', 'zillizCloud.apiKey', {}],
    ['MILVUS_STORAGE_AUTH_ACCESS_KEY_ID', 'milvus.storage.auth.accessKeyID', {}],
    ['MILVUS_STORAGE_AUTH_SECRET_ACCESS_KEY', 'milvus.storage.auth.secretAccessKey', {}],
    ['MILVUS_STORAGE_AUTH_SESSION_TOKEN', 'milvus.storage.auth.sessionToken', {}],
    ['BACKUP_STORAGE_AUTH_ACCESS_KEY_ID', 'backup.storage.auth.accessKeyID', {}],
    ['BACKUP_STORAGE_AUTH_SECRET_ACCESS_KEY', 'backup.storage.auth.secretAccessKey', {}],
    ['BACKUP_STORAGE_AUTH_SESSION_TOKEN', 'backup.storage.auth.sessionToken', {}],
    ...['MILVUS', 'BACKUP'].flatMap((side) => {
      const path = `${side.toLowerCase()}.storage`;
      const azure = { provider: 'azure', type: 'sharedKey', needs: `${side}_STORAGE_ACCOUNT_NAME` };
      return [
        [`${side}_STORAGE_ACCOUNT_NAME`, `${path}.accountName`, azure],
        [`${side}_STORAGE_AUTH_ACCOUNT_KEY`, `${path}.auth.accountKey`, azure],
        [
          `${side}_STORAGE_AUTH_CREDENTIALS_FILE`,
          `${path}.auth.credentialsFile`,
          { provider: 'gcpnative', type: 'serviceAccount' },
        ],
      ] as const;
    }),
  ] as const)('%s sets %s', async (variable, key, section) => {
    const path = key.slice(0, key.indexOf('.storage') + '.storage'.length);
    const set =
      'provider' in section
        ? [
            `${path}.provider=${section.provider}`,
            `${path}.auth.type=${section.type}`,
            ...('needs' in section
              ? [`${path}.accountName=acc`, `${path}.auth.accountKey=key`].filter(
                  (pair) => !pair.startsWith(`${key}=`),
                )
              : []),
          ]
        : [];
    const resolved = await loadText(null, { env: { [variable]: 'secretvalue' }, set });
    const shown = show(resolved, key);
    expect([`secretvalue env ${variable}`, `se****ue env ${variable}`]).toContain(shown);
    expect(shown.startsWith('se****')).toBe(schemaV2.find(key)?.secret === true);
  });
});

describe('the table of schema v1', () => {
  const numbers = new Set(['int']);

  it.each(
    schemaV1.specs.filter(({ env }) => env !== undefined).map((spec) => [spec.env ?? '', spec] as const),
  )('%s sets its key, and --set beats it under either name', async (variable, spec) => {
    const [value, stronger] = numbers.has(spec.type)
      ? ['1', '2']
      : spec.type === 'bool'
        ? ['true', 'false']
        : ['http://a', 'http://b'];
    const text = 'minio:\n  gcpCredentialJSON: f\n  backupGcpCredentialJSON: g\n';
    const storageType = spec.key.includes('cpCredential') ? 'gcpnative' : 'minio';
    const set = [`minio.storageType=${storageType}`];
    if (spec.key.endsWith('amEndpoint')) set.push('minio.useIAM=true');
    if (spec.key === 'milvus.tlsMode') set.push('milvus.mtlsCertPath=c', 'milvus.mtlsKeyPath=k');
    const from = async (around: Parameters<typeof loadText>[1]) =>
      (await loadText(text, around)).entries.filter(
        ({ sourceKey }) => sourceKey.toLowerCase() === variable.toLowerCase() || sourceKey === spec.key,
      );
    const found = await from({ env: { [variable]: value ?? '' }, set });
    expect(found.map(({ source }) => source)).toContain('env');
    expect(found.some(({ key }) => key === spec.becomes)).toBe(true);
    for (const name of [variable.toLowerCase(), spec.key]) {
      const overridden = await from({
        env: { [variable]: value ?? '' },
        set: [...set, `${name}=${stronger}`],
      });
      expect(overridden.map(({ source }) => source)).toContain('override');
      expect(overridden.map(({ source }) => source)).not.toContain('env');
    }
  });

  it.each([
    ['log.level', 'warn', 'log.level', 'warn'],
    ['log.console', 'false', 'log.console', 'false'],
    ['log.file.filename', 'x', 'log.file.path', 'x'],
    ['log.file.maxSize', '5', 'log.file.maxSizeMiB', '5'],
    ['log.file.maxDays', '6', 'log.file.maxDays', '6'],
    ['log.file.maxBackups', '7', 'log.file.maxBackups', '7'],
    ['http.debugMode', 'true', 'server.debugMode', 'true'],
    ['http.swaggerBasePath', '/x', 'server.swaggerBasePath', '/x'],
    ['cloud.address', 'https://z', 'zillizCloud.endpoint', 'https://z'],
    ['cloud.apikey', 'abcdef', 'zillizCloud.apiKey', 'ab****ef'],
    ['milvus.address', 'm', 'milvus.grpc.address', 'm'],
    ['milvus.port', '1', 'milvus.grpc.port', '1'],
    ['milvus.user', 'u', 'milvus.user', 'u'],
    ['milvus.password', 'Milvus', 'milvus.password', 'Mi****us'],
    ['milvus.tlsMode', '1', 'milvus.grpc.tlsMode', 'server'],
    ['milvus.caCertPath', 'ca', 'milvus.grpc.caCertPath', 'ca'],
    ['milvus.serverName', 'sn', 'milvus.grpc.serverName', 'sn'],
    ['milvus.mtlsCertPath', 'c', 'milvus.grpc.mtlsCertPath', 'c'],
    ['milvus.mtlsKeyPath', 'k', 'milvus.grpc.mtlsKeyPath', 'k'],
    ['milvus.rpcChannelName', 'ch', 'milvus.replicate.rpcChannelName', 'ch'],
    ['milvus.etcd.endpoints', '"a:1, b:2"', 'milvus.etcd.endpoints', 'a:1,b:2'],
    ['milvus.etcd.endpoints', '[a:1, b:2]', 'milvus.etcd.endpoints', 'a:1,b:2'],
    ['milvus.etcd.rootPath', 'rp', 'milvus.etcd.rootPath', 'rp'],
    ['minio.storageType', 'S3', 'milvus.storage.provider', 's3'],
    ['minio.cloudProvider', 'ali', 'milvus.storage.provider', 'aliyun'],
    ['storage.storageType', 'tc', 'milvus.storage.provider', 'tencent'],
    ['minio.backupStorageType', 'alibaba', 'backup.storage.provider', 'aliyun'],
    ['storage.backupStorageType', 'alicloud', 'backup.storage.provider', 'aliyun'],
    ['minio.bucketName', 'b', 'milvus.storage.bucketName', 'b'],
    ['minio.useIAM', 'true', 'milvus.storage.auth.type', 'iam'],
    ['minio.crossStorage', 'true', 'transfer.mode', 'streaming'],
    ['minio.crossStorage', 'false', 'transfer.mode', 'auto'],
    ['minio.multipartCopyThresholdMiB', '64', 'transfer.multipartCopyThresholdMiB', '64'],
    ['minio.multipartCopyThresholdMiB', '0', 'transfer.multipartCopyThresholdMiB', '500'],
    ['backup.parallelism.copydata', '3', 'transfer.concurrency', '3'],
    ['backup.parallelism.backupCollection', '3', 'backup.concurrency.collections', '3'],
    ['backup.parallelism.backupSegment', '3', 'backup.concurrency.segments', '3'],
    ['backup.parallelism.restoreCollection', '3', 'restore.concurrency.collections', '3'],
    ['backup.parallelism.importJob', '3', 'restore.concurrency.importJobs', '3'],
    ['backup.keepTempFiles', 'true', 'restore.keepTempFiles', 'true'],
    ['backup.gcPause.enable', 'false', 'backup.pauseGC', 'false'],
    ['backup.gcPause.address', 'http://g', 'milvus.management.endpoint', 'http://g'],
  ])('%s: %s becomes %s: %s', async (key, written, becomes, shown) => {
    const resolved = await loadText(nest(key, written));
    expect(show(resolved, becomes)).toBe(`${shown} config ${key}`);
    expect(resolved.version).toBe('v1');
    expect(resolved.warnings).toEqual([]);
  });

  it('names a key of schema v2 for all but what has no effect', () => {
    const lost = schemaV1.specs.filter(({ becomes }) => becomes === undefined || !schemaV2.find(becomes));
    expect(lost.map(({ key }) => key)).toEqual(['http.enabled']);
  });
});
