import type { App, AppContext } from '../app-types.js';
import { sendText } from '../envelope.js';

const greet = (c: AppContext): Response => sendText(c, 'Hello, This is backup service');

/** The only health endpoint the Go tool has. */
export function mountGreetings(app: App): void {
  app.all('/', greet);
  app.get('/api/v1/hello', greet);
}
