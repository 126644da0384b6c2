import { describe, expect, test } from 'vitest';
import { briefOf, decodeFullMeta, encodeGoJson, makeBackup } from '../../src/meta/index.js';
import { readGolden } from './golden.js';

const meta = decodeFullMeta(readGolden('b1', 'full_meta.json'));

describe('the brief', () => {
  test('on the command line: state and progress 0, no id, no times', () => {
    const json = encodeGoJson(briefOf({ meta, metaSize: 31191 }));
    expect(json).toMatch(
      /^\{"state_code":0,"progress":0,"name":"b1","collection_backups":\[\{"id":"[^"]*","collection_id":\d+,"db_name":"default",/,
    );
    expect(json).toMatch(
      /\],"size":11236536,"milvus_version":"v2\.3\.5-lite","database_backups":\[\{"db_name":"default"\}\],"meta_size":31191\}$/,
    );
    expect(json).toContain('"collection_id":470635130682481644,');
    for (const absent of [
      'partition_backups',
      'segment_id',
      'log_path',
      'consistency_level',
      'created_timestamp',
    ]) {
      expect(json).not.toContain(absent);
    }
  });

  test('of a run: its id, state and times', () => {
    const task = {
      id: 'r',
      name: 'b1',
      stateCode: 2,
      errorMessage: '',
      startTime: 7,
      endTime: 8,
      progress: 100,
    };
    expect(encodeGoJson(briefOf({ meta, metaSize: 1, task }))).toMatch(
      /^\{"id":"r","state_code":2,"start_time":7,"end_time":8,"progress":100,"name":"b1",/,
    );
  });

  test('of a run that failed or has only begun: no metadata', () => {
    const failed = {
      id: 'r',
      name: 'n',
      stateCode: 3,
      errorMessage: 'no',
      startTime: 7,
      endTime: 8,
      progress: 0,
    };
    expect(encodeGoJson(briefOf({ task: failed }))).toBe(
      '{"id":"r","state_code":3,"errorMessage":"no","start_time":7,"end_time":8,"progress":0,"name":"n","size":0,"meta_size":0}',
    );
    expect(encodeGoJson(briefOf({}))).toBe('{"state_code":0,"progress":0,"size":0,"meta_size":0}');
    expect(encodeGoJson(briefOf({ meta: makeBackup({ format: 'snapshot' }) }))).toBe(
      '{"state_code":0,"progress":0,"size":0,"meta_size":0,"format":"snapshot"}',
    );
  });
});
