import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { renderConfigJson } from '../../src/config/index.js';
import { failText, loadText, show } from './load-text.js';

const folder = mkdtempSync(join(tmpdir(), 'server-section-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secretFile = join(folder, 'token');
writeFileSync(secretFile, 'from-a-file\n');

const tokens = `
server:
  auth:
    tokens:
      - { name: watcher, role: read, token: "\${env:WATCHER}" }
      - name: nightly
        role: operate
        token: \${file:${secretFile}}
      - { name: boss, role: admin, tokenFile: /run/secrets/boss }
`;

describe.each([
  ['v1', ''],
  ['v2', 'configVersion: v2\n'],
])('server.auth in a file of schema %s', (_, head) => {
  it('takes tokens as they are and by reference', async () => {
    const { value, warnings } = await loadText(head + tokens, { env: { WATCHER: 'from-the-environment' } });
    expect(warnings).toEqual([]);
    expect(value.server.auth).toEqual({
      mode: 'auto',
      clients: [],
      tokens: [
        { name: 'watcher', role: 'read', token: 'from-the-environment', tokenFile: '' },
        { name: 'nightly', role: 'operate', token: 'from-a-file', tokenFile: '' },
        { name: 'boss', role: 'admin', token: '', tokenFile: '/run/secrets/boss' },
      ],
    });
  });

  it('has a short form of mode', async () => {
    expect((await loadText(`${head}server:\n  auth: none\n`)).value.server.auth.mode).toBe('none');
    expect((await loadText(head, { set: ['server.auth=none'] })).value.server.auth.mode).toBe('none');
  });

  it('takes one token of the environment, with all rights', async () => {
    const resolved = await loadText(head, { env: { SERVER_AUTH_TOKEN: 'planted-secret-token' } });
    expect(resolved.value.server.auth.tokens).toMatchObject([
      { role: 'admin', token: 'planted-secret-token' },
    ]);
    expect(show(resolved, 'server.auth.token')).toBe('pl****en env SERVER_AUTH_TOKEN');
  });

  it('shows no token', async () => {
    const resolved = await loadText(head + tokens, { env: { WATCHER: 'from-the-environment' } });
    expect(renderConfigJson(resolved)).not.toMatch(/from-/);
  });

  it.each([
    ['tokens: [{ name: a, role: root, token: x }]', 'has no known role'],
    ['tokens: [{ name: a, role: read }]', 'has no token, or two'],
    ['tokens: [{ name: a, role: read, token: 1234567890123456 }]', 'has a token that is a number'],
    ['tokens: [{ name: a, role: read, token: planted, tokenFile: y }]', 'has no token, or two'],
    ['tokens: [{ role: read, token: planted }]', 'has no name'],
    ['tokens: [{ name: a, role: read, token: planted, scope: all }]', 'has no field "scope"'],
    ['tokens: [planted]', 'must be a YAML list of maps'],
    [
      `tokens: [{ name: a, role: read, token: "\${env:NO_SUCH}" }]`,
      'refers to the environment variable NO_SUCH',
    ],
    [`tokens: [{ name: a, role: read, token: "\${file:/no/such}" }]`, 'refers to the file /no/such'],
    ['clients: [{ name: a, role: read }]', 'need server.tls.clientCA'],
    ['{ mode: none, token: planted }', 'none lets everyone in, although'],
  ])('refuses %s', async (line, message) => {
    const error = await failText(
      `${head}server:\n  auth:\n    ${line.startsWith('{') ? '' : line}`.replace(
        /auth:\n {4}$/,
        `auth: ${line}`,
      ),
    );
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(message);
    expect(error.remedy).toBeTruthy();
    expect(`${error.message}${error.remedy}`).not.toContain('planted');
  });
});

it.each([
  [['server.tls.cert=a'], 'want server.tls.cert and server.tls.key together'],
  [['server.tls.clientCA=a'], 'client certificates need TLS'],
  [['server.tls.minVersion=TLSv1.1'], 'want one of: TLSv1.2, TLSv1.3'],
  [['server.limits.bodyMiB=0'], 'want a positive number'],
])('refuses %j', async (set, message) => {
  expect((await failText(null, { set })).message).toContain(message);
});
