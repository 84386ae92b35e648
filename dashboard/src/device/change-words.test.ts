import { expect } from 'chai';

import { changeWords } from './change-words.ts';

type Version = Parameters<typeof changeWords>[0];

const FIRST: Version = {
  status: 'registered',
  epoch: 1,
  org: 'ManufacturerMSP',
  keyFingerprint: 'a'.repeat(64),
  previousKey: null,
  groups: [],
  tags: {},
  transfer: null,
  reason: 'registered',
  by: 'admin@manufacturer',
};
const OFFER = { to: 'OperatorMSP', by: 'admin@manufacturer', at: '2026-01-01T00:00:00Z' };

function told(fields: Partial<Version>, before: Partial<Version> = {}): string {
  const was = { ...FIRST, ...before };
  const { title, details } = changeWords({ ...was, ...fields }, was);
  return [title, ...details].join(' | ');
}

describe('a device’s history in words', () => {
  it('begins with who registered it', () => {
    expect(changeWords(FIRST, undefined)).to.deep.equal({
      title: 'Registered',
      details: ['Owned by Manufacturer.'],
      reason: undefined,
    });
  });

  it('tells what became of its status, and why', () => {
    expect(told({ status: 'active' })).to.equal('Activated');
    expect(told({ status: 'active' }, { status: 'suspended' })).to.equal('Activated again');
    const suspended = changeWords({ ...FIRST, status: 'suspended', reason: 'smoke' }, FIRST);
    expect(suspended).to.deep.equal({ title: 'Suspended', details: [], reason: 'smoke' });
  });

  it('tells of a new key what becomes of the old one', () => {
    const keyFingerprint = 'b'.repeat(64);
    expect(told({ keyFingerprint, reason: 'key rotated' })).to.equal(
      'Key changed | The old one stopped working at once.',
    );
    const previousKey = { keyFingerprint: FIRST.keyFingerprint, until: '2026-02-01T00:00:00Z' };
    expect(told({ keyFingerprint, previousKey })).to.match(/^Key changed \| The old one works until .*2026/);
  });

  it('tells provisioning anew from a new key', () => {
    const anew = told({ keyFingerprint: 'b'.repeat(64), epoch: 2 });
    expect(anew).to.contain('Provisioned anew').and.contain('epoch 2');
  });

  it('tells an offer, its end, and the change of owner that it led to', () => {
    expect(told({ transfer: OFFER })).to.equal('Offered to Operator');
    expect(told({ transfer: null }, { transfer: OFFER })).to.equal('Offer withdrawn');
    expect(told({ transfer: null, org: 'OperatorMSP' }, { transfer: OFFER })).to.equal(
      'Handed over | From Manufacturer to Operator.',
    );
    expect(told({ transfer: null, status: 'revoked' }, { transfer: OFFER })).to.equal('Revoked');
  });

  it('tells which groups and tags came, went and changed', () => {
    const before = { groups: ['hall-1', 'line-2'], tags: { site: 'Ulm', rack: '7' } };
    const words = told({ groups: ['hall-7', 'line-2'], tags: { site: 'Bonn', owner: 'Ada' } }, before);
    expect(words.split(' | ')).to.deep.equal([
      'Labels changed',
      'In hall-7.',
      'No longer in hall-1.',
      'Tag owner: Ada.',
      'Tag rack removed.',
      'Tag site: Bonn, no longer Ulm.',
    ]);
  });

  it('does not pretend that something changed', () => {
    expect(told({ reason: 'labelled' })).to.contain('Nothing');
  });
});
