import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Signatory } from '../../network/signing/proposal.ts';
import { fabricSignature } from '../../network/signing/signature.ts';
import type { Signer } from '../../network/signing/sign-action.ts';

export interface KeyFiles {
  key: string;
  certificate: string;
  /** MSP id; otherwise that of the organisation in the certificate's name. */
  msp: string | undefined;
  /** Of an encrypted key. */
  passphrase: string | undefined;
}

/** A member's key and certificate, from files. @throws BiotError KEY_INVALID */
export function readSigningKey({ key, certificate, msp, passphrase }: KeyFiles): {
  name: string;
  signatory: Signatory;
  sign: Signer;
} {
  const pem = read(certificate);
  const parsed = parseCertificate(certificate, pem);
  const privateKey = parseKey(key, passphrase);
  if (!parsed.checkPrivateKey(privateKey))
    throw new BiotError('KEY_INVALID', `the key in ${key} is not that of the certificate in ${certificate}`);
  const name = commonName(parsed);
  return {
    name,
    signatory: { mspId: msp ?? mspIdOf(name), certificate: pem },
    sign: (bytes) =>
      Promise.resolve(fabricSignature(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }))),
  };
}

function parseCertificate(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new BiotError('KEY_INVALID', `${file} holds no certificate in PEM`, { cause });
  }
}

function parseKey(file: string, passphrase: string | undefined): KeyObject {
  const pem = read(file);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // Without a cause: what a parser says about a private key may quote it.
    throw new BiotError(
      'KEY_INVALID',
      `${file} holds no private key in PEM, or one that BIOT_KEY_PASSPHRASE does not open`,
    );
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new BiotError('KEY_INVALID', `the key in ${file} is not on the curve P-256`);
  return key;
}

function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
}

/** `admin@operator` is of `OperatorMSP`. */
function mspIdOf(name: string): string {
  const organisation = name.split('@')[1] ?? '';
  if (organisation === '')
    throw new BiotError('KEY_INVALID', `the certificate’s name, ${JSON.stringify(name)}, is no member’s`);
  return `${organisation.charAt(0).toUpperCase()}${organisation.slice(1)}MSP`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BiotError('KEY_INVALID', `cannot read ${file}`, { cause });
  }
}
