import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { milvusPortNames, renderEtcdConfig, renderMilvusConfig } from '../src/servers/milvus-config.js';

const ports = Object.fromEntries(milvusPortNames.map((name, index) => [name, 21_000 + index])) as Parameters<
  typeof renderEtcdConfig
>[1];
const template = `
etcd:
  endpoints: localhost:{{ etcd_port(int): 2379 }}
  data:
    dir: {{ etcd_data_dir }}
proxy:
  port: {{ proxy_port(int): 19530 }}
  maxDimension: 32768
common:
  security:
    authorizationEnabled: {{ authorization_enabled(bool): false }}
    tlsMode: {{ tls_mode(int): 0 }}
`;

test('fills the template, and overrides win over our settings', () => {
  const text = renderMilvusConfig(template, {
    base: '/base',
    ports,
    storage: { kind: 'local', path: '/base/data' },
    authorization: true,
    overrides: { proxy: { maxDimension: 64 }, log: { level: 'debug' } },
  });
  expect(text).not.toContain('{{');
  expect(parse(text)).toMatchObject({
    etcd: { endpoints: '127.0.0.1:21003', config: { path: '/base/configs/etcd.yaml' } },
    proxy: { port: 21_000, maxDimension: 64 },
    common: { storageType: 'local', security: { authorizationEnabled: true, tlsMode: 0 } },
    log: { level: 'debug' },
  });
});

test('every port is used', () => {
  const input = {
    base: '/base',
    ports,
    storage: { kind: 'local', path: '/base/data' },
    authorization: false,
    overrides: undefined,
  } as const;
  const text = renderMilvusConfig(template, input) + renderEtcdConfig('/base', ports);
  const unused = milvusPortNames.filter((name) => !text.includes(String(ports[name])));
  // This one goes in through the environment.
  expect(unused).toEqual(['management']);
});
