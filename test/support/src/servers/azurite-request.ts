import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

const version = '2023-11-03';

interface Account {
  readonly accountName: string;
  readonly accountKey: string;
  readonly url: string;
}

/** Makes a container; one that is there already is no error. */
export async function createContainer(account: Account, name: string): Promise<void> {
  const date = new Date().toUTCString();
  const headers = `x-ms-date:${date}\nx-ms-version:${version}\n`;
  const resource = `/${account.accountName}/${account.accountName}/${name}\nrestype:container`;
  const text = `PUT${'\n'.repeat(12)}${headers}${resource}`;
  const key = Buffer.from(account.accountKey, 'base64');
  const signature = createHmac('sha256', key).update(text, 'utf8').digest('base64');
  const status = await statusOf('PUT', `${account.url}/${name}?restype=container`, {
    'x-ms-date': date,
    'x-ms-version': version,
    authorization: `SharedKey ${account.accountName}:${signature}`,
  });
  if (status !== 201 && status !== 409)
    throw new Error(`Azurite answered ${status} to the new container ${name}`);
}

/** The status of an answer, whoever signed the certificate; fails without one within five seconds. */
export function statusOf(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, 'content-length': '0' }, timeout: 5_000, agent: false };
    const call = secure
      ? httpsRequest(url, { ...options, rejectUnauthorized: false })
      : httpRequest(url, options);
    call.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.once('timeout', () => call.destroy(new Error(`no answer from ${url}`)));
    call.once('error', reject);
    call.end();
  });
}
