import { z } from 'zod';

const size = z.number().int().nonnegative();
const id = z.string().regex(/^-?\d{1,20}$/);
const checksum = z.object({
  algorithm: z.enum(['crc32', 'crc32c', 'crc64', 'md5', 'sha256']),
  /** Base64. */
  value: z.string().max(128),
});

const headSchema = z.object({
  type: z.literal('manifest'),
  version: z.literal(1),
  backup: z.string().max(256),
});

const objectSchema = z.object({
  type: z.literal('object'),
  /** Relative to the backup's folder, so that a copy of the folder keeps its manifest. */
  key: z.string().min(1).max(4096),
  /** Bytes. */
  size,
  /** Of the whole content, by what the copy or the store told. */
  checksum: checksum.optional(),
  /** The store's, when the object was written here. Another store gives another. */
  etag: z.string().max(1024).optional(),
  /** Where the bytes came from: the key in Milvus's bucket and its etag then. */
  from: z.object({ key: z.string().max(4096), etag: z.string().max(1024).optional() }).optional(),
});

const segmentSchema = z.object({
  type: z.literal('segment'),
  collection: id,
  partition: id,
  segment: id,
  rows: size,
});

const endSchema = z.object({
  type: z.literal('end'),
  objects: size,
  bytes: size,
  segments: size,
  rows: size,
  /** Hex, over all lines before this one with their line feeds. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** One line of a manifest. */
export const manifestLineSchema = z.discriminatedUnion('type', [
  headSchema,
  objectSchema,
  segmentSchema,
  endSchema,
]);

export type ManifestLine = z.infer<typeof manifestLineSchema>;
export type ManifestObject = z.infer<typeof objectSchema>;
export type ManifestSegment = z.infer<typeof segmentSchema>;
export type ManifestItem = ManifestObject | ManifestSegment;
