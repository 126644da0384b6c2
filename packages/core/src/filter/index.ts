export { checkSuffix, defaultDatabase, nameKey, parseCollectionName } from './names.js';
export { parseFilter } from './parse-filter.js';
export { applyRename, parseRename } from './parse-rename.js';
export {
  filterFromRequest,
  parseCollectionNames,
  parseDatabaseNames,
  parseDbCollections,
} from './parse-request.js';
export { selects, selectsDatabase } from './select.js';
export type * from './types.js';
