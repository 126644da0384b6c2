import { X509Certificate } from 'node:crypto';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { makeCertificate } from '../src/index.js';

test('a certificate is its own authority, and names this machine', () => {
  const certificate = new X509Certificate(makeCertificate().cert);
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('localhost')).toBe('localhost');
});

test('a client that trusts it is answered, another is not', async () => {
  const { cert, key } = makeCertificate();
  const server = createServer({ cert, key }, (_request, response) => response.end('yes'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const statusWith = (ca: string[]): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      get(url, { ca, agent: false }, (answer) => resolve(answer.resume().statusCode)).once('error', reject);
    });
  expect(await statusWith([cert])).toBe(200);
  await expect(statusWith([makeCertificate().cert])).rejects.toMatchObject({
    code: expect.stringContaining('SELF_SIGNED'),
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
