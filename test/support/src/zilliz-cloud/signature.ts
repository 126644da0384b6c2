import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The parts of an `Authorization` header in the manner of S3 (AWS Signature Version 4). */
export interface Signature {
  readonly accessKey: string;
  /** `date/region/service/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly value: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As on the wire, with the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

const header =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

export function parseSignature(authorization: string | undefined): Signature | null {
  const [, accessKey, scope, signed, value] = header.exec(authorization ?? '') ?? [];
  if (!accessKey || !scope || !signed || !value) return null;
  return { accessKey, scope, signedHeaders: signed.split(';'), value };
}

/** The signature of a request; the hash of its body is the one that its header claims. */
export function sign(
  request: SignedRequest,
  scope: string,
  signedHeaders: readonly string[],
  secret: string,
): string {
  const [path = '/', query = ''] = request.url.split('?', 2);
  const text = (name: string): string => [request.headers[name] ?? ''].flat().join(',');
  const canonical = [
    request.method,
    path,
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${text(name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    text('x-amz-content-sha256'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', text('x-amz-date'), scope, hash].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (from, part) => createHmac('sha256', from).update(part).digest(),
      `AWS4${secret}`,
    );
  return createHmac('sha256', key).update(toSign).digest('hex');
}
