export { type LoadConfigInput, loadConfig } from './load-config.js';
export { maskSecret } from './mask.js';
export { renderConfigJson, renderConfigTable } from './render.js';
