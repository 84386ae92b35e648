import { expect } from 'chai';

import { DEVICE_STATUSES, mayBecome, publicKeySchema, reasonSchema, registrationSchema } from './device.ts';

describe('device states', () => {
  it('may change as laid down, and in no other way', () => {
    const legal = DEVICE_STATUSES.flatMap((from) =>
      DEVICE_STATUSES.filter((to) => mayBecome(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(legal).to.have.members([
      'registered -> active',
      'registered -> revoked',
      'active -> suspended',
      'active -> revoked',
      'suspended -> active',
      'suspended -> revoked',
    ]);
  });

  it('end with revoked', () => {
    for (const status of DEVICE_STATUSES) expect(mayBecome('revoked', status)).to.equal(false);
  });
});

describe('what a device is registered with', () => {
  const pem = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';

  it('is a public key and nothing beside it', () => {
    expect(publicKeySchema.safeParse(pem).success).to.equal(true);
    for (const text of [
      '',
      'MFkw',
      pem.replaceAll('PUBLIC', 'PRIVATE'),
      pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
      pem + pem,
      `x${pem}`,
      `${pem}x`,
      pem.padEnd(401, '\n'),
    ]) {
      expect(publicKeySchema.safeParse(text).success, JSON.stringify(text)).to.equal(false);
    }
  });

  it('has no field of its own', () => {
    const registration = { id: 'press-07', tenant: 'acme', type: 'press', publicKey: pem };
    expect(registrationSchema.safeParse(registration).success).to.equal(true);
    for (const more of [{ org: 'OperatorMSP' }, { status: 'active' }, { epoch: 2 }]) {
      expect(registrationSchema.safeParse({ ...registration, ...more }).success).to.equal(false);
    }
  });

  it('needs a reason to change, that says something', () => {
    expect(reasonSchema.parse('  stolen ')).to.equal('stolen');
    for (const reason of ['', ' \n', 'x'.repeat(501)]) {
      expect(reasonSchema.safeParse(reason).success).to.equal(false);
    }
  });
});
