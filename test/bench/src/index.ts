export { bareImports } from './bare-imports.js';
export { type DataPlan, makeData } from './data.js';
export { type Measured, runMeasured } from './measured-process.js';
export { rcloneCopy } from './rclone.js';
