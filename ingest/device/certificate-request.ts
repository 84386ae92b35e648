import { createPrivateKey, createPublicKey, sign } from 'node:crypto';

import type { DeviceKey } from './key.ts';

/** DER (X.690) of a value: its tag, its length, its content. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

function lengthOf({ length }: Uint8Array): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const BIT_STRING = 0x03;
const NO_ATTRIBUTES = Buffer.of(0xa0, 0x00);
const VERSION_1 = Buffer.of(0x02, 0x01, 0x00);
const NO_UNUSED_BITS = Buffer.of(0x00);
/** 2.5.4.3 */
const COMMON_NAME = der(OBJECT_ID, Buffer.of(0x55, 0x04, 0x03));
/** 1.2.840.10045.4.3.2 (RFC 5758 section 3.2) */
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex')));

function nameOf(commonName: string | undefined): Buffer {
  if (commonName === undefined) return der(SEQUENCE);
  const name = der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName, 'utf8')));
  return der(SEQUENCE, der(SET, name));
}

/**
 * A request for a certificate (PKCS#10, RFC 2986) in PEM: it names the device, if the device knows its name, and its
 * signature shows that the sender has the key. So little of ASN.1 is in it that a device needs no library for it.
 */
export function certificateRequest({ privateKey, publicKey }: DeviceKey, commonName?: string): string {
  const key = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  const information = der(SEQUENCE, VERSION_1, nameOf(commonName), key, NO_ATTRIBUTES);
  const signature = sign('sha256', information, createPrivateKey(privateKey));
  const request = der(SEQUENCE, information, ECDSA_WITH_SHA256, der(BIT_STRING, NO_UNUSED_BITS, signature));
  const lines = request.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join(
    '\n',
  );
}
