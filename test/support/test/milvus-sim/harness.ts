import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { onTestFinished } from 'vitest';
import {
  connectMilvus,
  createMemoryStore,
  type MilvusSim,
  type MilvusSimOptions,
  type ObjectStore,
  startMilvusSim,
} from '../../src/index.js';
import { ask } from './raw.js';

export interface OpenSim {
  readonly sim: MilvusSim;
  readonly client: MilvusClient;
  readonly store: ObjectStore;
}

/** A simulator over a store in memory, for one test. */
export async function openSim(version: string, options: Partial<MilvusSimOptions> = {}): Promise<OpenSim> {
  const store = createMemoryStore();
  const sim = await startMilvusSim({ version, storage: { store, rootPath: 'files' }, ...options });
  const client = await connectMilvus(sim);
  onTestFinished(async () => {
    await client.closeConnection();
    await sim.stop();
  });
  sim.calls.length = 0;
  return { sim, client, store };
}

export async function post(
  sim: MilvusSim,
  path: string,
  body: object,
): Promise<{ status: number; body: RestBody }> {
  const response = await fetch(`http://127.0.0.1:${sim.restPort}/v2/vectordb/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') ? (JSON.parse(text) as RestBody) : { code: -1 },
  };
}

export interface RestBody {
  readonly code: number;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Runs one REST import job to its end and gives its last description. */
export async function runJob(sim: MilvusSim, job: object): Promise<Readonly<Record<string, unknown>>> {
  const created = await post(sim, 'jobs/import/create', job);
  if (created.body.data === undefined) throw new Error(created.body.message);
  for (;;) {
    const { data } = (await post(sim, 'jobs/import/describe', { jobId: created.body.data.jobId })).body;
    if (data?.state === 'Completed' || data?.state === 'Failed') return data;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Decimal text of what describe tells. */
export async function idOf(client: MilvusClient, collection: string): Promise<string> {
  return String((await ask(client, 'DescribeCollection', { collection_name: collection })).collectionID);
}

/** Copies the segments of a collection to where a backup would have them: each in a group folder of its own. */
export async function copyAsBackup(store: ObjectStore, collection: string): Promise<readonly string[]> {
  for (const kind of ['insert_log', 'delta_log']) {
    for (const key of await store.list(`files/${kind}/${collection}/`)) {
      const [, , c, p, s, ...rest] = key.split('/');
      const group = p === '-1' ? [s] : [s, s];
      await store.put(['backup', kind, c, p, ...group, ...rest].join('/'), await store.get(key));
    }
  }
  return store.list('backup/');
}

/** The distinct folders above the segments, with a trailing slash. */
export function groupFolders(keys: readonly string[], kind: string): readonly string[] {
  const own = keys.filter((key) => key.startsWith(`backup/${kind}/`));
  return [...new Set(own.map((key) => `${key.split('/').slice(0, 5).join('/')}/`))];
}
