import { expect, test } from 'vitest';
import { tlsReason } from '../../src/driver/index.js';

test.each([
  [
    'write EPROTO 80BC2B16267F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl3_record.c:350:\n',
    'the answer is not TLS (wrong version number)',
  ],
  [
    'write EPROTO 00:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../ssl.c:1:SSL alert number 40\n',
    'sslv3 alert handshake failure',
  ],
  ['self-signed certificate', 'self-signed certificate'],
])('%j gives %j', (detail, expected) => {
  expect(tlsReason(detail)).toBe(expected);
});
