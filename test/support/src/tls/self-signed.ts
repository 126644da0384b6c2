import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** A certificate for `127.0.0.1` and the names given, `localhost` by default, that is its own authority, good for a day: Node can check but not make one. */
export function makeCertificate(
  now: Date = new Date(),
  hosts: readonly string[] = ['localhost'],
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const day = 24 * 60 * 60 * 1000;
  const name = sequence(
    der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from('test server')))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(now.getTime() - day)), time(new Date(now.getTime() + day))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(isAuthority(), alternativeNames(hosts))),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(
    body,
    ecdsaWithSha256,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function isAuthority(): Buffer {
  const yes = der(0x01, Buffer.from([0xff]));
  return sequence(objectId(0x55, 0x1d, 0x13), yes, der(0x04, sequence(yes)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const hostNames = hosts.map((host) => der(0x82, Buffer.from(host)));
  const names = sequence(...hostNames, der(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(objectId(0x55, 0x1d, 0x11), der(0x04, names));
}

const objectId = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const time = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));

/** Tag, length, content: the distinguished encoding of ASN.1. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
