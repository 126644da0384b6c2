import { expect, test } from 'vitest';
import { renameMeta } from '../../src/copy/rename-meta.js';
import { thrownBy } from '../driver/thrown-by.js';

test.each([
  ['{"id":"x","state_code":0,"name":"b1","size":3}', '{"id":"x","state_code":0,"name":"new","size":3}'],
  // Only the backup's own name, whatever lies in it; what is not known here stays as it is.
  [
    '{"name":"b1","collection_backups":[{"schema":{"name":"b1"},"x":"\\"name\\":\\"b1\\""}],"future":{"name":"b1"},"size":0}',
    '{"name":"new","collection_backups":[{"schema":{"name":"b1"},"x":"\\"name\\":\\"b1\\""}],"future":{"name":"b1"},"size":0}',
  ],
  [
    '{"milvus_version":"name","NAME" : "b\\"1","size":0}',
    '{"milvus_version":"name","NAME" : "new","size":0}',
  ],
  ['{"name":"a","name":"b","size":0}', '{"name":"new","name":"new","size":0}'],
  [
    '{"backup_timestamp":9007199254740993,"name":"b1","size":0}',
    '{"backup_timestamp":9007199254740993,"name":"new","size":0}',
  ],
])('%s', (text, expected) => {
  expect(renameMeta(text, 'full_meta.json', 'new')).toBe(expected);
});

test.each(['{"size":0}', '{"name":null,"size":0}'])('%s has no name to change', async (text) => {
  expect((await thrownBy(() => renameMeta(text, 'full_meta.json', 'new'))).code).toBe('META_UNREADABLE');
});
