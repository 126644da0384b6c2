export { createApp } from './app.js';
export type { App, AppEnv, AppOptions } from './app-types.js';
export { type Authenticator, createAuthenticator } from './auth/authenticator.js';
export type { Caller } from './auth/caller.js';
export { type ApiDocumentOptions, type ApiVersion, renderApiDocument } from './schemas/api-document.js';
export { type RunningServer, type Servable, type ServeOptions, serve } from './serve.js';
export { type RunningApi, type StartApiOptions, startApi } from './start-api.js';
export type { TlsOptions } from './tls.js';
