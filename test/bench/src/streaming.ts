import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { StorageSection } from '@milvus-backup/core/driver';
import {
  ensureRclone,
  gcsAvailable,
  type S3Server,
  startAzurite,
  startGcs,
  startS3,
} from '@milvus-backup/test-support';
import { makeObjects } from './make-objects.js';
import { type Measured, runMeasured } from './measured-process.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/**
 * Streams the same bytes from S3 to each other store with this program and with `rclone copy`, one after the other and in turns,
 * between the same two servers in one run. The ratio is of the best of each.
 */
const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '16' },
    'object-mib': { type: 'string', default: '64' },
    multipart: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    to: { type: 'string', default: 's3,azure,gcs' },
    /** JSON: `options` of the target's driver, to try part sizes and the like. */
    'target-options': { type: 'string', default: '{}' },
  },
});
const bucket = 'bench';
const prefix = 'data/';
const objects = Number(values.objects);
const bytes = objects * Number(values['object-mib']) * 1024 ** 2;

/** One end, for this program and for rclone. */
interface End {
  readonly section: StorageSection;
  readonly rclone: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const noAuth: StorageSection['auth'] = {
  type: 'default',
  accessKeyID: '',
  secretAccessKey: '',
  sessionToken: '',
  accountKey: '',
  credentialsFile: '',
  endpoint: '',
};
const section: StorageSection = {
  path: 'backup.storage',
  provider: 'minio',
  address: '127.0.0.1',
  port: 0,
  region: '',
  useSSL: false,
  accountName: '',
  bucketName: bucket,
  rootPath: '',
  localPath: '',
  auth: noAuth,
};

function s3End(server: S3Server): End {
  const { port, accessKey, secretKey, endpoint } = server;
  const auth = { ...noAuth, type: 'static' as const, accessKeyID: accessKey, secretAccessKey: secretKey };
  return {
    section: { ...section, port, auth },
    rclone: {
      TYPE: 's3',
      PROVIDER: 'SeaweedFS',
      ENDPOINT: endpoint,
      ACCESS_KEY_ID: accessKey,
      SECRET_ACCESS_KEY: secretKey,
      FORCE_PATH_STYLE: 'true',
    },
    stop: () => server.stop(),
  };
}

const targets: Readonly<Record<string, () => Promise<End | undefined>>> = {
  s3: async () => s3End(await startS3({ buckets: [bucket] })),
  async azure() {
    const server = await startAzurite({ containers: [bucket] });
    const { port, accountName, accountKey, endpoint } = server;
    const auth = { ...noAuth, type: 'sharedKey' as const, accountKey };
    return {
      section: { ...section, provider: 'azure', port, accountName, auth },
      rclone: {
        TYPE: 'azureblob',
        ACCOUNT: accountName,
        KEY: accountKey,
        ENDPOINT: `${endpoint}/${accountName}`,
      },
      stop: () => server.stop(),
    };
  },
  async gcs() {
    if (!(await gcsAvailable())) return undefined;
    const server = await startGcs({ buckets: [bucket] });
    return {
      section: { ...section, provider: 'gcpnative', port: server.port, options: { anonymous: true } },
      rclone: {
        TYPE: 'google cloud storage',
        ANONYMOUS: 'true',
        ENDPOINT: `${server.endpoint}/storage/v1/`,
        BUCKET_POLICY_ONLY: 'true',
      },
      stop: () => server.stop(),
    };
  },
};

const child = fileURLToPath(new URL('./stream-child.js', import.meta.url));

const ours = (from: End, to: End): Promise<Measured> =>
  runMeasured(process.execPath, [child], {
    BENCH_FROM: JSON.stringify(from.section),
    BENCH_TO: JSON.stringify({
      ...to.section,
      options: { ...to.section.options, ...(JSON.parse(values['target-options']) as object) },
    }),
    BENCH_PREFIX: prefix,
  });

async function theirs(from: End, to: End): Promise<Measured> {
  const remote = (name: string, end: End): [string, string][] =>
    Object.entries(end.rclone).map(([key, value]) => [`RCLONE_CONFIG_${name}_${key}`, value]);
  const env = { RCLONE_CONFIG: '', ...Object.fromEntries([...remote('FROM', from), ...remote('TO', to)]) };
  // Checking what is there already would not be copying; both write over what the round before wrote.
  const args = ['copy', '--ignore-times', `from:${bucket}/${prefix}`, `to:${bucket}/${prefix}`];
  return await runMeasured(await ensureRclone(), args, env);
}

const rate = ({ seconds }: Measured): number => bytes / seconds / 1e6;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const source = await startS3({ buckets: [bucket] });
try {
  await makeObjects(
    source,
    bucket,
    prefix,
    objects,
    Number(values['object-mib']),
    values.multipart ? 'many' : 'one',
  );
  const from = s3End(source);
  print(`${objects} objects of ${values['object-mib']} MiB`);
  for (const name of values.to.split(',')) {
    const to = await targets[name]?.();
    if (to === undefined) {
      print(`S3 → ${name}: this store is not to be had here`);
      continue;
    }
    try {
      const runs: Measured[][] = [[], []];
      for (let round = 0; round < Number(values.rounds); round++) {
        runs[0]?.push(await theirs(from, to));
        runs[1]?.push(await ours(from, to));
      }
      const [rclone = 0, own = 0] = runs.map((list) => Math.max(...list.map(rate)));
      const peak = Math.max(...(runs[1] ?? []).map((run) => run.peakMiB));
      print(
        `S3 → ${name.padEnd(6)} ${own.toFixed(0)} MB/s, rclone ${rclone.toFixed(0)} MB/s, ratio ${(own / rclone).toFixed(2)}, peak ${peak.toFixed(0)} MiB`,
      );
    } finally {
      await to.stop();
    }
  }
} finally {
  await source.stop();
}
