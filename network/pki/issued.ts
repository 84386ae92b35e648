/**
 * What the organisations' authorities of this home issued to members. Who is to revoke a certificate has to have it, and
 * its owner, who has it, may not be asked.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { X509Certificate } from './x509.ts';

const FOLDER = ['pki', 'issued'] as const;

/** A later certificate of the same serial number, which means for the same key, takes the place of the first. */
export function keepIssued(home: Home, name: string, certificate: string): void {
  writeFileAtomically(home.path(...FOLDER, name, fileOf(new X509Certificate(certificate))), certificate);
}

/** PEM, in no order. */
export function issuedTo(home: Home, name: string): string[] {
  return entries(home.path(...FOLDER, name)).map((file) =>
    readFileSync(home.path(...FOLDER, name, file), 'utf8'),
  );
}

/** Those of everybody. */
export function allIssued(home: Home): { name: string; certificate: string }[] {
  return entries(home.path(...FOLDER)).flatMap((name) =>
    issuedTo(home, name).map((certificate) => ({ name, certificate })),
  );
}

/** Whom a certificate with the serial number of this one was issued to. */
export function holderOf(home: Home, certificate: X509Certificate): string | undefined {
  const file = fileOf(certificate);
  return entries(home.path(...FOLDER)).find((name) => existsSync(home.path(...FOLDER, name, file)));
}

function fileOf({ serialNumber }: X509Certificate): string {
  return `${serialNumber}.pem`;
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
