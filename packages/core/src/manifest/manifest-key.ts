import { tsKey } from '../layout/index.js';

/** Where the manifest of a backup lies. */
export const manifestKey = (root: string, name: string): string => tsKey(root, name, 'manifest.ndjson');
