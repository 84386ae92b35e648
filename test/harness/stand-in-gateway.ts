import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { certificatePem, createAuthority, issueCertificate } from '../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';

export interface StandInGateway {
  readonly url: string;
  /** PEM, of its own certificate's. */
  readonly authority: string;
  close(): void;
}

/** A server that says it is a gateway, and answers what a test wants; 500 where that fails. */
export async function standInGateway(
  answer: (path: string, body: unknown) => Promise<{ status: number; text: string }>,
): Promise<StandInGateway> {
  const authority = await createAuthority('a platform');
  const { privateKey, publicKey } = generateKeyPair();
  const cert = await issueCertificate(authority, {
    commonName: 'gateway',
    publicKey: publicKeyDer(publicKey),
    usages: ['server'],
    hosts: ['127.0.0.1'],
    days: 1,
  });
  const server = createServer({ cert, key: privateKeyPem(privateKey) }, (request, response) => {
    json(request)
      .then((body) => answer(request.url ?? '', body))
      .then(
        ({ status, text }) => response.writeHead(status).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority: certificatePem(authority.certificate),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
