import type { App, RouteDeps } from '../app-types.js';
import { callsV2 } from './calls.js';
import type { V2Options } from './handlers.js';
import type { Handlers } from './mount-route.js';
import { sendHttpProblem } from './problem.js';

/** The second version of the API, below `/api/v2`; loaded when it is first asked for. */
export function mountV2(app: App, deps: RouteDeps, options: V2Options): void {
  let loading: Promise<Handlers> | undefined;
  const load = (): Promise<Handlers> => {
    loading ??= import('./handlers.js').then(({ createHandlers }) => createHandlers(deps, options));
    return loading;
  };
  const methods = new Map<string, string[]>();
  for (const call of callsV2) {
    const [method = '', described = ''] = call.split(' ');
    const path = described.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(method, path, async (c) => {
      const handler = (await load()).get(call);
      return handler ? handler(c) : sendHttpProblem(c, 'NOT_FOUND', 'there is no such path');
    });
    // The framework answers HEAD with the handler of GET
    const more = method === 'GET' ? ['GET', 'HEAD'] : [method];
    methods.set(path, [...(methods.get(path) ?? []), ...more]);
  }
  for (const [path, known] of methods) {
    const allow = known.join(', ');
    app.all(path, (c) =>
      sendHttpProblem(c, 'METHOD_NOT_ALLOWED', `${c.req.method} is none of ${allow}`, { allow }),
    );
  }
  for (const path of ['/api/v2', '/api/v2/*']) {
    app.all(path, (c) => sendHttpProblem(c, 'NOT_FOUND', 'there is no such path'));
  }
}
