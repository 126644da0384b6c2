import { type Problem, quote } from './problem.js';
import type { Setting, Settings } from './setting.js';
import { type ClientRole, roles, type ServerRole, type ServerToken } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = {
  'server.auth.tokens': ['name', 'role', 'token', 'tokenFile'],
  'server.auth.clients': ['name', 'role'],
} as const;

/** Checks tokens and client roles, and what the keys of the server mean together. No message holds a secret. */
export function checkServer(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [key, allowed] of Object.entries(fieldsOf)) {
    const setting = settings.get(key);
    if (setting === undefined) continue;
    for (const [index, fields] of recordsOf(setting).entries()) {
      checkFields(fields, allowed, (message, remedy) => {
        problems.push({ key: `${setting.name}.${index}`, message, remedy, origin: setting });
      });
    }
  }
  return [...problems, ...checkTogether(settings)];
}

/** What makes no sense together would otherwise be an open door that its owner thinks shut. */
function checkTogether(settings: Settings): readonly Problem[] {
  const has = (key: string): boolean => {
    const value = settings.get(key)?.value;
    return Array.isArray(value) || typeof value === 'string' ? value.length > 0 : false;
  };
  const rules: readonly (readonly [wrong: boolean, key: string, message: string, remedy: string])[] = [
    [
      has('server.tls.cert') !== has('server.tls.key'),
      'server.tls.cert',
      'want server.tls.cert and server.tls.key together',
      'write both files, or none to serve without TLS',
    ],
    [
      has('server.tls.clientCA') && !has('server.tls.cert'),
      'server.tls.clientCA',
      'client certificates need TLS',
      'write server.tls.cert and server.tls.key too',
    ],
    [
      has('server.auth.clients') && !has('server.tls.clientCA'),
      'server.auth.clients',
      'roles of client certificates need server.tls.clientCA',
      'write the file of the authority that signs them',
    ],
    [
      settings.get('server.auth.mode')?.value === 'none' &&
        ['server.auth.token', 'server.auth.tokens', 'server.tls.clientCA'].some(has),
      'server.auth.mode',
      'none lets everyone in, although tokens or client certificates are configured',
      'remove server.auth: none, or the tokens and server.tls.clientCA',
    ],
  ];
  return rules.flatMap(([wrong, key, message, remedy]): Problem[] => {
    const origin = settings.get(key);
    if (!wrong) return [];
    return [{ key: origin?.name ?? key, message, remedy, ...(origin === undefined ? {} : { origin }) }];
  });
}

type Report = (message: string, remedy: string) => void;

function checkFields(fields: Fields, allowed: readonly string[], report: Report): void {
  for (const name of Object.keys(fields))
    if (!allowed.includes(name)) report(`has no field ${quote(name)}`, `write ${allowed.join(', ')} only`);
  if (!isFilled(fields.name)) report('has no name', 'write a name; it stands in the audit log');
  if (!isRole(fields.role)) report('has no known role', `write role: ${roles.join(', ')}`);
  if (typeof fields.token === 'number') report('has a token that is a number', 'put it into quotes');
  else if (allowed.includes('token') && isFilled(fields.token) === isFilled(fields.tokenFile))
    report('has no token, or two', 'write one of token and tokenFile');
}

/** @param setting one that {@link checkServer} has checked */
export const toTokens = (setting: Setting | undefined): readonly ServerToken[] =>
  recordsOf(setting).map(({ name, role, token, tokenFile }) => ({
    name: String(name),
    role: isRole(role) ? role : 'read',
    token: isFilled(token) ? token : '',
    tokenFile: isFilled(tokenFile) ? tokenFile : '',
  }));

/** @param setting one that {@link checkServer} has checked */
export const toClients = (setting: Setting | undefined): readonly ClientRole[] =>
  recordsOf(setting).map(({ name, role }) => ({ name: String(name), role: isRole(role) ? role : 'read' }));

const isFilled = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isRole = (value: unknown): value is ServerRole => roles.some((role) => role === value);

function recordsOf(setting: Setting | undefined): readonly Fields[] {
  const value = setting?.value;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object') : [];
}
