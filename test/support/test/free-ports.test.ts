import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freePorts, releasePorts } from '../src/index.js';

test('gives different ports on which one can listen', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  }
  releasePorts(ports);
});

test('a port that was given back can be had again', async () => {
  const port = await freePort();
  releasePorts([port]);
  releasePorts([port]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
});
