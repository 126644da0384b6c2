export { driverConformance } from './conformance.js';
export { oddNames } from './odd-names.js';
export type { ConformanceOptions, DriverLimits, MakeDriver } from './options.js';
