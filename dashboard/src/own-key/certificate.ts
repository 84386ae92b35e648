import { fromBase64 } from '../../../network/signing/base64.ts';
import { type Element, elementsOf } from './der.ts';

/** The parts of an X.509 certificate (RFC 5280) that matter for signing. */
export interface CertificateParts {
  /** The one common name of its subject. */
  readonly name: string;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** The bytes of the only PEM block with that label; undefined when there is none, or several. */
export function pemBytes(text: string, label: string): Uint8Array<ArrayBuffer> | undefined {
  const blocks = text.split(`-----BEGIN ${label}-----`);
  const [body = '', end] = (blocks[1] ?? '').split(`-----END ${label}-----`);
  if (blocks.length !== 2 || end === undefined) return undefined;
  try {
    return fromBase64(body.replaceAll(/\s/g, ''));
  } catch {
    return undefined;
  }
}

/** It is not judged here: peers and gateway do. @throws RangeError when it cannot be read */
export function readCertificate(der: Uint8Array<ArrayBuffer>): CertificateParts {
  const signed = childrenOf(childrenOf({ content: der })[0])[0];
  // The version is the one part that may be absent: all ours have it.
  const [, , , , , subject, publicKey] = childrenOf(signed);
  if (publicKey === undefined) throw new RangeError('not a certificate of version 3');
  return { name: commonName(subject), publicKey: publicKey.whole };
}

/** OID 2.5.4.3 in DER. */
const COMMON_NAME = '6,3,85,4,3';

function commonName(subject: Element | undefined): string {
  const attributes = childrenOf(subject).flatMap(childrenOf).map(childrenOf);
  const values = attributes.filter(([type]) => type?.whole.join() === COMMON_NAME).map(([, value]) => value);
  if (values.length !== 1) throw new RangeError('the certificate has no single name');
  return new TextDecoder().decode(values[0]?.content);
}

function childrenOf(element: Pick<Element, 'content'> | undefined): Element[] {
  return element === undefined ? [] : elementsOf(element.content);
}
