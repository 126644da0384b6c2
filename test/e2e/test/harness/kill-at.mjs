/**
 * Loaded into the command with `--import`: kills its process, as `kill -9` would, at its n-th call of a store (an HTTP
 * request) or of Milvus (a gRPC stream). `KILL_AT` is n, counted from 1; 0 kills nothing. `KILL_WHEN` is `before` (the call
 * never leaves) or `after` (it was answered, and nobody heard). `KILL_COUNT` names a file that gets the number of calls.
 * What it does not imitate: a machine that loses power, with what the kernel had not written yet.
 */
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.KILL_AT ?? 0);
const after = process.env.KILL_WHEN === 'after';
let calls = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
}

/** Makes one call. */
function guard(make, answered) {
  calls += 1;
  const last = calls === at;
  if (last && !after) die();
  const call = make();
  if (last) call.once(answered, die);
  return call;
}

for (const module of [http, https]) {
  const request = module.request;
  module.request = (...args) => guard(() => request(...args), 'response');
}
const connect = http2.connect;
http2.connect = (...args) => {
  const session = connect(...args);
  const request = session.request.bind(session);
  session.request = (...call) => guard(() => request(...call), 'trailers');
  return session;
};
syncBuiltinESMExports();

const count = process.env.KILL_COUNT;
if (count !== undefined) process.once('exit', () => appendFileSync(count, `${calls}\n`));
