import { publicKeySchema } from '../../../chaincode/protocol/device.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };

export type KeyReading = { publicKey: string; fingerprint: string } | { error: string };

/**
 * A public key as somebody pasted it: as the ledger takes it, with its fingerprint (SHA-256 of the DER, in hex), or
 * what is wrong with it. Nothing leaves the page: a private key that was pasted by mistake is only complained about.
 */
export async function readPublicKey(text: string): Promise<KeyReading> {
  const publicKey = `${text.trim()}\n`;
  if (/PRIVATE KEY/.test(text))
    return { error: 'This is a private key. It must never leave the device: paste the public one.' };
  if (!publicKeySchema.safeParse(publicKey).success)
    return { error: 'Expected a public key in PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY.' };
  try {
    const key = await crypto.subtle.importKey('spki', derOf(publicKey), CURVE, true, []);
    const digest = await crypto.subtle.digest('SHA-256', await crypto.subtle.exportKey('spki', key));
    return { publicKey, fingerprint: toHex(new Uint8Array(digest)) };
  } catch {
    return { error: 'Expected a key on the curve P-256.' };
  }
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, '');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
