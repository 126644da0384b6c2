export { createApp } from './app.js';
export type { App, AppEnv, AppOptions } from './app-types.js';
export { type RunningServer, type Servable, type ServeOptions, serve } from './serve.js';
