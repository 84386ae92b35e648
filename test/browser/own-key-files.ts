import type { Locator, Page } from 'playwright-core';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { Home } from '../../network/home/home.ts';
import { issueCertificate } from '../../network/pki/authority.ts';
import { openAuthority } from '../../network/pki/credentials.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';

/** PEM, both. */
export interface OwnKeyFiles {
  key: string;
  certificate: string;
}

/** A further certificate of that name for an administrator of the operator, whose key is nowhere but in the test. */
export async function certified(home: Home, name: string): Promise<OwnKeyFiles> {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(openAuthority(organisationCrypto(home, 'operator').authority), {
    commonName: name,
    organizationalUnit: 'client',
    publicKey: publicKeyDer(publicKey),
    attributes: { 'biot.role': 'admin', 'biot.tenants': '*' },
    days: 1,
  });
  return { key: privateKeyPem(privateKey), certificate };
}

export async function openKeyDialog(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Sign with your own key' }).first().click();
  return page.getByRole('dialog', { name: 'Sign with your own key' });
}

export async function chooseOwnKey(dialog: Locator, { key, certificate }: OwnKeyFiles): Promise<void> {
  const file = (name: string, text: string) => ({
    name,
    mimeType: 'application/x-pem-file',
    buffer: Buffer.from(text),
  });
  await dialog.getByLabel('Private key').setInputFiles(file('key.pem', key));
  await dialog.getByLabel('Certificate').setInputFiles(file('cert.pem', certificate));
  await dialog.getByRole('button', { name: 'Use it' }).click();
}
