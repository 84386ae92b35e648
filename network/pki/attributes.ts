import { z } from 'zod';
import { Extension, X509Certificate } from './x509.ts';

/**
 * Where Fabric's certificate authorities write a client's attributes: the extension holds the JSON
 * `{"attrs":{"biot.role":"auditor"}}` itself, without a further ASN.1 wrapping. `ctx.clientIdentity` reads it so.
 */
const ATTRIBUTE_EXTENSION = '1.2.3.4.5.6.7.8.1';

const attributesSchema = z.object({ attrs: z.record(z.string(), z.string()) });

export type Attributes = Readonly<Record<string, string>>;

export function attributeExtension(attributes: Attributes): Extension {
  return new Extension(ATTRIBUTE_EXTENSION, false, Buffer.from(JSON.stringify({ attrs: attributes })));
}

/** The attributes in a certificate (PEM); none when it carries no such extension. */
export function readAttributes(certificatePem: string): Attributes {
  const extension = new X509Certificate(certificatePem).getExtension(ATTRIBUTE_EXTENSION);
  if (extension === null) return {};
  const { attrs } = attributesSchema.parse(JSON.parse(Buffer.from(extension.value).toString('utf8')));
  return attrs;
}
