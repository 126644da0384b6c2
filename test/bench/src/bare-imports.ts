import { setTimeout as delay } from 'node:timers/promises';
import { connectMilvus, type MilvusServer } from '@milvus-backup/test-support';
import { DataType } from '@zilliz/milvus2-sdk-node';

/**
 * The least that a restore of so many import calls can take: all are sent at once, nothing else is done.
 * @param folders insert folders in Milvus's bucket, one a call, each of a collection that `makeData` made
 * @returns seconds from the first call to the last job's end
 */
export async function bareImports(server: MilvusServer, folders: readonly string[]): Promise<number> {
  const client = await connectMilvus(server);
  try {
    for (const [index] of folders.entries()) {
      await client.createCollection({
        collection_name: `floor_${index}`,
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 128 },
        ],
      });
    }
    const start = performance.now();
    const jobs = await Promise.all(
      folders.map(async (folder, index) => {
        const answer = await client.bulkInsert({
          collection_name: `floor_${index}`,
          partition_name: '_default',
          files: [folder, ''],
          options: [
            { key: 'backup', value: 'true' },
            { key: 'skip_disk_quota_check', value: 'true' },
          ],
        });
        return String(answer.tasks[0]);
      }),
    );
    const open = new Set(jobs);
    while (open.size > 0) {
      await delay(200);
      for (const task of [...open].slice(0, 4)) {
        // The SDK's type says number; a 64-bit id must stay text.
        const state = await client.getImportState({ task: task as unknown as number });
        if (state.state === 'ImportCompleted') open.delete(task);
        else if (state.state.startsWith('ImportFailed'))
          throw new Error(`import failed: ${JSON.stringify(state.infos)}`);
      }
    }
    return (performance.now() - start) / 1000;
  } finally {
    for (const [index] of folders.entries())
      await client.dropCollection({ collection_name: `floor_${index}` });
    await client.closeConnection();
  }
}
