export { createJsonSchema, type JsonSchema } from './json-schema.js';
export { type LoadConfigInput, loadConfig } from './load-config.js';
export { maskSecret } from './mask.js';
export { type MigrateConfigInput, type MigratedConfig, migrateConfig } from './migrate-config.js';
export { renderConfigJson, renderConfigTable } from './render.js';
