import { fabricSignature } from '../../../network/signing/signature.ts';
import { pemBytes, readCertificate } from './certificate.ts';

/** A person's own key, as this browser holds it: it can sign with it, and nobody can read it out. */
export interface OwnKey {
  /** The member's, as its certificate says. */
  readonly name: string;
  /** PEM */
  readonly certificate: string;
  readonly privateKey: CryptoKey;
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * @param keyText PKCS#8 in PEM, not encrypted
 * @param certificateText PEM
 * @throws Error that says what is wrong, in words for people
 */
export async function readOwnKey(keyText: string, certificateText: string): Promise<OwnKey> {
  const der = pemBytes(certificateText, 'CERTIFICATE');
  if (der === undefined) throw new Error('The certificate’s file holds no single certificate in PEM.');
  const { name, publicKey } = certificateParts(der);
  const privateKey = await importKey(keyText);
  if (!(await belongTogether(privateKey, publicKey)))
    throw new Error('This key is not that of the certificate.');
  const certificate = certificateText.slice(certificateText.indexOf('-----BEGIN')).trim();
  return { name, certificate: `${certificate}\n`, privateKey };
}

function certificateParts(der: Uint8Array<ArrayBuffer>): ReturnType<typeof readCertificate> {
  try {
    return readCertificate(der);
  } catch (cause) {
    throw new Error('The certificate cannot be read.', { cause });
  }
}

async function importKey(text: string): Promise<CryptoKey> {
  const der = pemBytes(text, 'PRIVATE KEY');
  if (der === undefined) {
    throw new Error(
      'The key’s file holds no private key in PKCS#8 that is not encrypted. ' +
        'openssl pkcs8 -topk8 -nocrypt makes one of another form.',
    );
  }
  try {
    return await crypto.subtle.importKey('pkcs8', der, CURVE, false, ['sign']);
  } catch {
    throw new Error('The key is not on the curve P-256, or damaged.');
  } finally {
    der.fill(0);
  }
}

async function belongTogether(privateKey: CryptoKey, publicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const verifying = await crypto.subtle.importKey('spki', publicKey, CURVE, false, ['verify']);
    const probe = crypto.getRandomValues(new Uint8Array(32));
    const signature = await crypto.subtle.sign(SIGNING, privateKey, probe);
    return await crypto.subtle.verify(SIGNING, verifying, signature, probe);
  } catch {
    return false;
  }
}

/** The signature over SHA-256 of the bytes, as Fabric takes it. */
export async function signWith({ privateKey }: OwnKey, bytes: Uint8Array): Promise<Uint8Array> {
  return fabricSignature(new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, bytes.slice())));
}
