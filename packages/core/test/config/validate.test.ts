import { describe, expect, it } from 'vitest';
import { failText, loadText } from './load-text.js';

const problems = async (...set: readonly string[]): Promise<readonly string[]> =>
  (await failText(null, { set })).message.split('\n').map((line) => line.replace(/ \(--set [^)]*\)$/, ''));

const azure = [
  'milvus.storage.provider=azure',
  'milvus.storage.auth.type=sharedKey',
  'milvus.storage.accountName=a',
  'milvus.storage.auth.accountKey=k',
];
const static_ = ['backup.storage.provider=minio', 'backup.storage.auth.type=static'];
const gcpnative = ['milvus.storage.provider=gcpnative', 'milvus.storage.auth.type=serviceAccount'];

describe('rules of schema v2', () => {
  it.each([
    [
      'an unknown mode',
      ['transfer.mode=x'],
      'cfg: transfer.mode: invalid value "x", want one of: auto, direct, streaming',
    ],
    [
      'an unknown level',
      ['log.level=loud'],
      'cfg: log.level: unrecognized level: "loud", want one of: debug, info, warn, error, dpanic, panic, fatal',
    ],
    [
      'the v1 spelling of a TLS mode',
      ['milvus.grpc.tlsMode=1'],
      'cfg: milvus.grpc.tlsMode: "1" is the v1 spelling of this mode, write it as "server"',
    ],
    [
      'mutual TLS without a pair',
      ['milvus.grpc.tlsMode=mutual', 'milvus.grpc.mtlsCertPath=c'],
      'cfg: milvus.grpc.tlsMode: milvus.grpc.mtlsCertPath and milvus.grpc.mtlsKeyPath are required when milvus.grpc.tlsMode is "mutual"',
    ],
    ['port 0', ['milvus.grpc.port=0'], 'cfg: milvus.grpc.port: invalid port 0, want 1-65535'],
    [
      'port 65536',
      ['milvus.storage.port=65536'],
      'cfg: milvus.storage.port: invalid port 65536, want 1-65535',
    ],
    [
      'a port of the backup store',
      ['backup.storage.port=-1'],
      'cfg: backup.storage.port: invalid port -1, want 1-65535',
    ],
    ...[
      'backup.concurrency.collections',
      'backup.concurrency.segments',
      'restore.concurrency.collections',
      'restore.concurrency.importJobs',
      'restore.maxSegmentsPerImportJob',
      'transfer.concurrency',
      'transfer.multipartCopyThresholdMiB',
    ].map(
      (key) => [`no ${key}`, [`${key}=0`], `cfg: ${key}: invalid value 0, want a positive number`] as const,
    ),
    [
      'a negative size',
      ['log.file.maxSizeMiB=-1'],
      'cfg: log.file.maxSizeMiB: invalid value -1, want 0 or more',
    ],
    ...['foo', 'localhost:9091', '/x', 'ftp://x', 'http://', 'http:x', 'https:///x'].map(
      (url) =>
        [
          `the URL ${url}`,
          [`milvus.management.endpoint=${url}`],
          `cfg: milvus.management.endpoint: invalid URL "${url}", want an absolute http(s) URL such as http://localhost:9091`,
        ] as const,
    ),
    [
      'a URL with a password',
      ['milvus.rest.endpoint=ftp://u:s3cret@h'],
      'cfg: milvus.rest.endpoint: invalid URL "ftp://****@h", want an absolute http(s) URL such as http://localhost:9091',
    ],
    [
      'no endpoint of etcd',
      ['milvus.etcd.endpoints='],
      'cfg: milvus.etcd.endpoints: want at least one endpoint',
    ],
    [
      'a login for etcd',
      ['milvus.etcd.endpoints=http://root:planted@host:2379'],
      'cfg: milvus.etcd.endpoints: etcd is read without a login; an endpoint cannot hold one',
    ],
    [
      'an alias of a provider',
      ['milvus.storage.provider=ali'],
      'cfg: milvus.storage.provider: invalid value "ali", want one of: local, minio, s3, aws, gcp, gcpnative, azure, aliyun, tencent, hwc',
    ],
    [
      'azure without an account',
      [...azure, ...static_, 'milvus.storage.accountName='],
      'cfg: milvus.storage.accountName: is required for azure',
    ],
    [
      'an account elsewhere',
      ['milvus.storage.accountName=a'],
      'cfg: milvus.storage.accountName: is only for azure, not minio',
    ],
    [
      'static for azure',
      ['backup.storage.provider=azure', 'backup.storage.accountName=a'],
      'cfg: backup.storage.auth.type: invalid value "static" for azure, want one of: sharedKey, default (taken from milvus.storage.auth.type)',
    ],
    [
      'static for gcpnative',
      ['backup.storage.provider=gcpnative'],
      'cfg: backup.storage.auth.type: invalid value "static" for gcpnative, want one of: serviceAccount, default (taken from milvus.storage.auth.type)',
    ],
    [
      'sharedKey for minio',
      ['backup.storage.auth.type=sharedKey'],
      'cfg: backup.storage.auth.type: invalid value "sharedKey" for minio, want one of: static, iam, default',
    ],
    [
      'static without a key',
      ['backup.storage.auth.accessKeyID='],
      'cfg: backup.storage.auth.accessKeyID: is required when backup.storage.auth.type is "static"',
    ],
    [
      'static without a secret',
      ['backup.storage.auth.secretAccessKey='],
      'cfg: backup.storage.auth.secretAccessKey: is required when backup.storage.auth.type is "static"',
    ],
    [
      'sharedKey without its key',
      [...azure, ...static_, 'milvus.storage.auth.accountKey='],
      'cfg: milvus.storage.auth.accountKey: is required when milvus.storage.auth.type is "sharedKey"',
    ],
    [
      'serviceAccount without its file',
      [...gcpnative, ...static_],
      'cfg: milvus.storage.auth.credentialsFile: is required when milvus.storage.auth.type is "serviceAccount"',
    ],
    [
      'a key file in the place of its path',
      [...gcpnative, ...static_, '"milvus.storage.auth.credentialsFile={""private_key"": ""s3cret""}"'],
      'cfg: milvus.storage.auth.credentialsFile: holds the content of a key file, want its path',
    ],
    [
      'keys with iam',
      ['backup.storage.auth.type=iam', 'backup.storage.auth.secretAccessKey=s3cret'],
      'cfg: backup.storage.auth.secretAccessKey: does not apply when backup.storage.auth.type is "iam"',
    ],
    [
      'an IAM endpoint with static',
      ['milvus.storage.auth.endpoint=x'],
      'cfg: milvus.storage.auth.endpoint: does not apply when milvus.storage.auth.type is "static"',
    ],
    [
      'localPath in a bucket',
      ['milvus.storage.localPath=/x'],
      'cfg: milvus.storage.localPath: is only for the provider local, not minio',
    ],
    [
      'milvusAddress with local',
      ['backup.storage.provider=local', 'backup.storage.milvusAddress=h'],
      'cfg: backup.storage.milvusAddress: does not apply to the provider local',
    ],
    [
      'milvusAddress with a scheme',
      ['milvus.storage.milvusAddress=http://h'],
      'cfg: milvus.storage.milvusAddress: invalid value "http://h", want a host',
    ],
    [
      'milvusPort alone',
      ['milvus.storage.milvusPort=1'],
      'cfg: milvus.storage.milvusPort: needs milvus.storage.milvusAddress',
    ],
    [
      'a wrong milvusPort',
      ['milvus.storage.milvusAddress=h', 'milvus.storage.milvusPort=70000'],
      'cfg: milvus.storage.milvusPort: invalid port 70000, want 1-65535',
    ],
    ['no bucket', ['backup.storage.bucketName='], 'cfg: backup.storage.bucketName: is empty'],
  ] as const)('refuses %s', async (_, set, message) => {
    const found = await problems(...set);
    expect(found).toEqual([message]);
    expect(found.join()).not.toContain('s3cret');
  });

  it('tells a fault that both sections share once', async () => {
    expect(await problems('milvus.storage.auth.accessKeyID=', 'milvus.storage.port=0')).toHaveLength(2);
    const set = ['milvus.storage.provider=local', 'milvus.storage.port=0', 'backup.storage.provider=minio'];
    expect(await problems(...set)).toEqual([
      'cfg: backup.storage.port: invalid port 0, want 1-65535 (taken from milvus.storage.port)',
    ]);
  });

  it.each([
    [
      'words in any case',
      [
        'transfer.mode=Streaming',
        'milvus.grpc.tlsMode=SERVER',
        'log.level=WARN',
        'milvus.storage.provider=GCPNative',
        'milvus.storage.auth.type=serviceaccount',
        'milvus.storage.auth.credentialsFile=f',
      ],
    ],
    [
      'azure with a default chain',
      ['milvus.storage.provider=azure', 'milvus.storage.auth.type=default', 'milvus.storage.accountName=a'],
    ],
    ['azure here and minio there', [...azure, ...static_]],
    [
      'local without anything else',
      [
        'milvus.storage.provider=local',
        'milvus.storage.port=0',
        'milvus.storage.auth.type=default',
        'milvus.storage.localPath=/x',
        'milvus.storage.accountName=a',
        'milvus.storage.bucketName=',
      ],
    ],
    [
      'a token of Google without keys',
      [
        'milvus.storage.provider=gcp',
        'milvus.storage.auth.accessKeyID=',
        'milvus.storage.auth.secretAccessKey=',
        'milvus.storage.auth.sessionToken=t',
      ],
    ],
    [
      'what only a foreign driver knows',
      [
        'milvus.storage.driver=acme',
        'milvus.storage.accountName=a',
        'milvus.storage.auth.accountKey=k',
        'milvus.storage.bucketName=',
      ],
    ],
    [
      'no URL at all',
      ['milvus.rest.endpoint=', 'milvus.management.endpoint=', 'zillizCloud.endpoint=https://h/path?x=1'],
    ],
    ['an empty level', ['log.level=']],
  ] as const)('accepts %s', async (_, set) => {
    expect((await loadText(null, { set })).version).toBe('v2');
  });

  it('normalises words', async () => {
    const { value } = await loadText(null, {
      set: ['transfer.mode=STREAMING', 'log.level=Fatal', 'milvus.storage.provider=S3'],
    });
    expect(value.transfer.mode).toBe('streaming');
    expect(value.log.level).toBe('error');
    expect(value.backup.storage.provider).toBe('s3');
  });

  it('takes slashes off a root path, but not off a directory', async () => {
    const set = [
      'milvus.storage.rootPath=/a/b/',
      'backup.storage.provider=local',
      'backup.storage.rootPath=/backups',
    ];
    const { value } = await loadText(null, { set });
    expect(value.milvus.storage.rootPath).toBe('a/b');
    expect(value.backup.storage.rootPath).toBe('/backups');
  });

  it('reads a log size of 0 as the default', async () => {
    expect((await loadText('log:\n  file:\n    maxSize: 0\n')).value.log.file.maxSizeMiB).toBe(300);
  });

  it('tells all problems in one go, each with its place', async () => {
    const text = 'configVersion: v2\nmilvus:\n  grpc:\n    port: abc\ntransfer:\n  mode: x\n';
    const error = await failText(text, { set: ['transfer.concurrency=0'] });
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^cfg: milvus\.grpc\.port: .*backup\.yaml, line 4\)$/);
    expect(lines[1]).toMatch(/^cfg: transfer\.mode: .*backup\.yaml, line 6\)$/);
    expect(lines[2]).toMatch(/^cfg: transfer\.concurrency: .* \(--set transfer\.concurrency\)$/);
    expect(error.details).toMatchObject({ key: 'milvus.grpc.port', line: 4, problems: 3 });
  });
});

describe('the version of a file', () => {
  it.each([
    ['', 'v1'],
    ['configVersion: v1', 'v1'],
    ['configVersion: V1', 'v1'],
    ['configVersion: v2', 'v2'],
    ['CONFIGVERSION: "V2"', 'v2'],
    ['configVersion:', 'v1'],
  ])('%j is %s', async (text, version) => {
    const resolved = await loadText(text);
    expect(resolved.version).toBe(version);
    expect(resolved.warnings).toEqual([]);
  });

  it('is v2 without a file', async () => {
    expect((await loadText(null)).version).toBe('v2');
  });

  it.each([
    ['v3', '"v3"'],
    ['2', '"2"'],
    ['""', '""'],
    ['[v2]', 'a list'],
  ])('refuses %s', async (written, got) => {
    const error = await failText(`# c\nconfigVersion: ${written}\n`);
    expect(error.message).toContain(
      `declares configVersion ${got} in line 2, which is not a schema version this build knows (want "v1" or "v2")`,
    );
    expect(error.details).toMatchObject({ key: 'configVersion', line: 2 });
  });
});
