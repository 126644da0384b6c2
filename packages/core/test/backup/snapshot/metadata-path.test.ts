import { expect, test } from 'vitest';
import { collectionOfMetadata, metadataPathOf } from '../../../src/backup/snapshot/metadata-path.js';

const place = { bucket: 'bb', key: 'deep root/b/bundle', uri: 's3://bb/deep root/b/bundle' };
const tail = 'snapshots/1/metadata/2.json';

test.each([
  [`s3://bb/deep root/b/bundle/${tail}`, `bundle/${tail}`],
  [`minio://host:9000/bb/deep root/b/bundle/${tail}`, `bundle/${tail}`],
  [`https://s3.host/bb/deep%20root/b/bundle/${tail}`, `bundle/${tail}`],
  [`azure://acc.blob.host/bb/deep root/b/bundle/${tail}`, `bundle/${tail}`],
  [`s3://bb/deep root/b/bundle/exports/77/${tail}`, `bundle/exports/77/${tail}`],
])('%s is %s', (uri, path) => {
  expect(metadataPathOf(uri, place)).toBe(path);
  expect(collectionOfMetadata(path)).toBe(1n);
});

test.each([
  '',
  tail,
  `s3://other/deep root/b/bundle/${tail}`,
  `s3://bb/deep root/b/bundles/${tail}`,
  `s3://bb/deep root/c/bundle/${tail}`,
  's3://bb/deep root/b/bundle/',
  's3://bb/deep root/b/bundle',
  `s3://bb/deep root/b/bundle/../bundle/${tail}`,
  `s3://bb/deep root/b/bundle/%2e%2e/${tail}`,
  `s3://bb/deep root/b/bundle//${tail}`,
  `s3://bb/deep root/b/bundle/${tail}?x=1`,
  's3://bb/deep root/b/bundle/a\\b',
  's3://bb/%zz',
])('%j lies outside', (uri) => {
  expect(() => metadataPathOf(uri, place)).toThrow(/not below/);
});

test('a path need not tell its collection', () => {
  expect(collectionOfMetadata('bundle/metadata.json')).toBeNull();
});
