export { describeFile } from './describe-file.js';
export { type FolderGroup, groupByFolder } from './folder-groups.js';
export { decodeItems, encodeItems } from './lines.js';
export { manifestKey } from './manifest-key.js';
export { decodeManifest, openManifest } from './read-manifest.js';
export type { ManifestItem, ManifestObject, ManifestSegment } from './types.js';
export { encodeManifest } from './write-manifest.js';
