export { decodeItems, encodeItems } from './lines.js';
export { decodeManifest, openManifest } from './read-manifest.js';
export type { ManifestItem, ManifestObject, ManifestSegment } from './types.js';
export { encodeManifest } from './write-manifest.js';
