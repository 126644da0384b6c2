import { z } from 'zod';
import type { StorageSection } from '../config/types.js';
import { BackupError } from '../errors/index.js';
import { strangeAnswer } from './cloud-api.js';

/** Of a name that the API has changed: it calls volumes stages, too. */
const text = z.string().max(4096).nullish();

/**
 * `data` of `POST /v2/volumes/apply`. Names after the API reference of Zilliz Cloud ("Apply Volume (V2)", "Migrate from Remote (V2)");
 * `uploadPath`, `stageName`, `stagePrefix` and `condition` after what the clients of the API (pymilvus, `bulk_writer`) read.
 */
const replySchema = z.object({
  endpoint: z.string().min(1).max(1024),
  bucketName: z.string().min(1).max(256),
  cloud: z.string().max(64),
  region: text,
  volumeName: text,
  stageName: text,
  uploadPath: text,
  volumePrefix: text,
  stagePrefix: text,
  condition: z.object({ maxContentLength: z.number().nullish() }).nullish(),
  credentials: z.object({
    tmpAK: text,
    tmpSK: text,
    sessionToken: text,
    expireTime: z.union([z.string(), z.number()]).nullish(),
  }),
});

/** A place in an object store that the cloud lends for the time of an upload. */
export interface CloudVolume {
  /** As the cloud calls it when the import begins. */
  readonly name: string;
  readonly section: StorageSection;
  /** Folder of the upload: `root/folder/`, in the words of a backup. */
  readonly root: string;
  readonly folder: string;
  /** Bytes that may be uploaded at most; 0: the cloud sets no limit. */
  readonly maxBytes: number;
  /** Milliseconds since 1970 when the credentials end; `null`: not told. */
  readonly expiresAt: number | null;
}

const providers: Readonly<Record<string, 'aws' | 'gcp'>> = { aws: 'aws', gcp: 'gcp' };

/**
 * What an answer of the cloud means for the upload. Pure.
 * @param path of the volume, as it was asked for
 * @throws BackupError `UNSUPPORTED` for another cloud than AWS and Google's, `CLOUD_ERROR` for an answer that is none
 */
export function planVolume(data: unknown, path: string, endpoint: string): CloudVolume {
  const call = '/v2/volumes/apply';
  const parsed = replySchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw strangeAnswer(
      endpoint,
      call,
      `${['data', ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? ''}`,
    );
  }
  const reply = parsed.data;
  const provider = providers[reply.cloud.toLowerCase()];
  if (provider === undefined) throw otherCloud(reply.cloud);
  const name = reply.volumeName || reply.stageName || '';
  if (name === '') throw strangeAnswer(endpoint, call, 'it names no volume');
  const parts = (reply.uploadPath || `${reply.volumePrefix || reply.stagePrefix || ''}${path}`)
    .split('/')
    .filter((part) => part !== '');
  const folder = parts.pop();
  if (folder === undefined || [...parts, folder].some((part) => part === '..' || part === '.')) {
    throw strangeAnswer(endpoint, call, 'its path is no folder');
  }
  const { credentials } = reply;
  return {
    name,
    root: parts.join('/'),
    folder,
    maxBytes: reply.condition?.maxContentLength ?? 0,
    expiresAt: timeOf(credentials.expireTime ?? ''),
    section: {
      path: 'the volume of Zilliz Cloud',
      provider,
      ...hostOf(reply.endpoint, endpoint),
      region: reply.region ?? '',
      bucketName: reply.bucketName,
      accountName: '',
      rootPath: '',
      localPath: '',
      auth: {
        type: 'static',
        accessKeyID: credentials.tmpAK ?? '',
        secretAccessKey: credentials.tmpSK ?? '',
        sessionToken: credentials.sessionToken ?? '',
        accountKey: '',
        credentialsFile: '',
        endpoint: '',
      },
    },
  };
}

/** The clouds name a host alone. Without encryption only where the API itself is asked without, as on one machine. */
function hostOf(store: string, api: string): Pick<StorageSection, 'address' | 'port' | 'useSSL'> {
  const plain = store.startsWith('http://');
  const url = /^https?:\/\//.test(store) ? store : `https://${store}`;
  if (!URL.canParse(url)) throw strangeAnswer(api, '/v2/volumes/apply', 'its endpoint is no host');
  if (plain && !api.startsWith('http://')) {
    throw strangeAnswer(api, '/v2/volumes/apply', 'its endpoint is not encrypted');
  }
  const { hostname, port } = new URL(url);
  return { address: hostname, port: port === '' ? (plain ? 80 : 443) : Number(port), useSSL: !plain };
}

/** ISO 8601, or a number of milliseconds since 1970. */
function timeOf(value: string | number): number | null {
  const time = typeof value === 'number' || /^\d{12,}$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isFinite(time) && time > 0 ? time : null;
}

function otherCloud(cloud: string): BackupError {
  return new BackupError({
    code: 'UNSUPPORTED',
    message: `the cluster lies in ${JSON.stringify(cloud.slice(0, 64))}: backups can be sent to clusters on AWS and Google Cloud alone`,
    remedy:
      'choose a cluster on aws or gcp, or migrate by the console of Zilliz Cloud from the bucket of the backup',
    details: { cloud: cloud.slice(0, 64) },
  });
}

/** @throws BackupError `CLOUD_ERROR` when the place is not the one that was lent before */
export function assertSamePlace(before: CloudVolume, now: CloudVolume): void {
  const placeOf = ({ name, root, folder, section }: CloudVolume): string =>
    JSON.stringify([name, root, folder, section.provider, section.address, section.port, section.bucketName]);
  if (placeOf(before) === placeOf(now)) return;
  throw new BackupError({
    code: 'CLOUD_ERROR',
    message: `Zilliz Cloud gave another place (volume ${now.name}) when the credentials of volume ${before.name} were renewed`,
    remedy: 'run the same command again',
  });
}
