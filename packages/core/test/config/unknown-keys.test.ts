import { describe, expect, it } from 'vitest';
import { schemaV1 } from '../../src/config/schema-v1.js';
import { schemaV2 } from '../../src/config/schema-v2.js';
import { suggestKey } from '../../src/config/unknown-keys.js';
import { loadText } from './load-text.js';

const warn = async (text: string | null, ...set: readonly string[]) =>
  (await loadText(text, { set })).warnings;

describe('keys without effect', () => {
  it.each([
    [
      'milvus:\n  adress: x',
      'milvus.adress in line 2 is ignored: there is no such key, did you mean milvus.address?',
    ],
    [
      'minio:\n  backupBucket: x',
      'minio.backupBucket in line 2 is ignored: there is no such key, did you mean minio.backupBucketName?',
    ],
    ['somethingElseEntirely: 1', 'somethingElseEntirely in line 1 is ignored: there is no such key'],
    ['milvus: x', 'milvus in line 1 is ignored: it is a section, write its keys indented below it'],
    [
      'milvus:\n  grpc:\n    port: 1',
      'milvus.grpc.port in line 3 is ignored: it is a key of schema v2 and this set-up is of v1, write milvus.port',
    ],
    [
      'milvus:\n  rest:\n    endpoint: http://x',
      'milvus.rest.endpoint in line 3 is ignored: it is a key of schema v2 and this set-up is of v1, begin the file with configVersion: v2',
    ],
    [
      'configVersion: v2\nminio:\n  address: x',
      'minio.address in line 3 is ignored: it is a key of schema v1, write milvus.storage.address',
    ],
    [
      'configVersion: v2\nhttp:\n  enabled: true',
      'http.enabled in line 3 is ignored: it is a key of schema v1 without effect',
    ],
    [
      'configVersion: v2\ntransfer:\n  concurency: 5',
      'transfer.concurency in line 3 is ignored: there is no such key, did you mean transfer.concurrency?',
    ],
  ])('warns of %j', async (text, warning) => {
    expect(await warn(text)).toEqual([warning]);
  });

  it('warns of --set', async () => {
    expect(await warn(null, 'minio.address=x')).toEqual([
      '--set minio.address is ignored: it is a key of schema v1, write milvus.storage.address',
    ]);
    expect(await warn('', 'milvus.prot=1')).toEqual([
      '--set milvus.prot is ignored: there is no such key, did you mean milvus.port?',
    ]);
    expect(await warn(null, 'MINIO_ADDRESS=s3cret')).toEqual([
      '--set MINIO_ADDRESS is ignored: it is a key of schema v1, write milvus.storage.address',
    ]);
  });

  it('keeps quiet about keys of releases before 0.5', async () => {
    expect(
      await warn(
        'http:\n  simpleResponse: true\nmilvus:\n  authorizationEnabled: false\nbackup:\n  maxSegmentGroupSize: 2G\n',
      ),
    ).toEqual([]);
  });

  it('warns of variables that only schema v1 reads', async () => {
    const env = {
      MINIO_ADDRESS: 'x',
      GCP_KEY_JSON: 'f',
      MILVUS_USER: 'u',
      MILVUS_PORT: 'tcp://1.2.3.4:1',
      OTHER: 'x',
    };
    expect((await loadText(null, { env })).warnings).toEqual(
      [
        'environment variable MINIO_ADDRESS is of schema v1 and ignored: write milvus.storage.address in the file or with --set',
        'environment variable GCP_KEY_JSON is of schema v1 and ignored: use MILVUS_STORAGE_AUTH_CREDENTIALS_FILE',
      ].sort((a, b) => (a.includes('MINIO_ADDRESS') ? -1 : b.length - a.length)),
    );
  });
});

describe('the nearest key', () => {
  it.each(['milvus.grpc.prt', 'MILVUS.GRPC.PORT2', 'milvus.gprc.port'])('%s is milvus.grpc.port', (name) => {
    expect(suggestKey(schemaV2, name)).toBe('milvus.grpc.port');
  });

  it('may be a variable', () => {
    expect(suggestKey(schemaV1, 'MINIO_BACKUP_SECRET')).toBe('MINIO_BACKUP_SECRET_KEY');
  });

  it('is none when all are far', () => {
    expect(suggestKey(schemaV2, 'q')).toBeNull();
  });
});
