import { inspect } from 'node:util';
import { isBackupError } from '@milvus-backup/core/driver';
import { describe, expect, it } from 'vitest';
import { driverPlugin, readOptions } from '../src/index.js';
import { chooseProxy } from '../src/proxy.js';
import { sectionFor } from './sections.js';

const proxy = 'http://proxy.example:3128';

describe('the proxy of an endpoint', () => {
  it.each([
    ['https://store.example', { HTTPS_PROXY: proxy }, proxy],
    ['https://store.example', { https_proxy: proxy }, proxy],
    ['https://store.example', { HTTPS_PROXY: '', https_proxy: proxy }, proxy],
    ['https://store.example', { HTTP_PROXY: proxy }, undefined],
    ['http://store.example', { HTTP_PROXY: proxy }, proxy],
    ['http://store.example', { HTTPS_PROXY: proxy }, undefined],
    ['http://store.example', { HTTP_PROXY: 'proxy.example:3128' }, proxy],
    ['http://store.example', {}, undefined],
    ['http://localhost:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://127.0.0.1:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://127.8.0.1:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://[::1]:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://10.1.2.3:9000', { HTTP_PROXY: proxy }, proxy],
  ])('%s with %j', (endpoint, env, url) => {
    expect(chooseProxy(endpoint, env)?.url).toBe(url);
  });

  it.each([
    ['*', 'http://store.example', true],
    ['store.example', 'http://store.example', true],
    ['STORE.example', 'http://store.EXAMPLE:9000', true],
    ['example', 'http://store.example', true],
    ['.example', 'http://store.example', true],
    ['*.example', 'http://store.example', true],
    ['.store.example', 'http://store.example', false],
    ['ore.example', 'http://store.example', false],
    ['other.example, store.example', 'http://store.example', true],
    ['other.example store.example', 'http://store.example', true],
    ['store.example:9000', 'http://store.example:9000', true],
    ['store.example:9000', 'http://store.example', false],
    ['store.example:80', 'http://store.example', true],
    ['10.0.0.0/8', 'http://10.1.2.3:9000', true],
    ['10.0.0.0/8', 'http://11.1.2.3:9000', false],
    ['10.0.0.0/99', 'http://10.1.2.3:9000', false],
    ['10.1.2.3', 'http://10.1.2.3:9000', true],
    ['10.1.2.3:9001', 'http://10.1.2.3:9000', false],
    ['3', 'http://10.1.2.3:9000', false],
    ['fd00::/8', 'http://[fd00::1]:9000', true],
    ['fd00::1', 'http://[fd00::1]:9000', true],
    ['[fd00::1]:9000', 'http://[fd00::1]:9000', true],
    ['', 'http://store.example', false],
  ])('NO_PROXY "%s" exempts %s: %s', (NO_PROXY, endpoint, exempt) => {
    expect(chooseProxy(endpoint, { HTTP_PROXY: proxy, NO_PROXY }) === undefined).toBe(exempt);
    expect(chooseProxy(endpoint, { HTTP_PROXY: proxy, no_proxy: NO_PROXY }) === undefined).toBe(exempt);
  });
});

describe('in the options', () => {
  const read = (HTTP_PROXY: string) =>
    readOptions(sectionFor({ address: 'store.example' }), { env: { HTTP_PROXY }, cwd: '/' });

  it('messages name it without its password', () => {
    const options = read('http://user:planted-password@proxy.example:3128');
    expect(options.target).toBe('store.example:9000 (through the proxy proxy.example:3128)');
  });

  it.each(['socks5://proxy.example', 'http://user:planted-password@:x'])('"%s" is refused', (value) => {
    try {
      read(value);
      expect.unreachable();
    } catch (error) {
      expect(isBackupError(error) && error.code).toBe('CONFIG_INVALID');
      expect(inspect(error, { depth: 10 })).toContain('HTTP_PROXY');
      expect(inspect(error, { depth: 10 })).not.toContain('planted-password');
    }
  });

  it('a driver that is printed shows no password', () => {
    const env = { HTTP_PROXY: 'http://user:planted-password@proxy.example:3128' };
    const driver = driverPlugin.createDriver(sectionFor({ address: 'store.example' }), { env, cwd: '/' });
    expect(inspect(driver, { depth: 10, showHidden: true })).not.toContain('planted-password');
  });
});
