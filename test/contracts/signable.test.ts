import { expect } from 'chai';

import type { Parameter } from '../../network/signing/parameters.ts';
import { SIGNABLE } from '../../network/signing/signable.ts';
import { changingParameters } from './harness/channel.ts';

/** What the contracts call the arguments that people know under other names. */
const NAMES: Readonly<Record<Parameter, readonly string[]>> = {
  device: ['id'],
  devices: ['devicesJson'],
  reason: ['reason'],
  key: ['publicKey'],
  until: ['overlapUntil'],
  expiry: ['expiresAt'],
  labels: ['labelsJson'],
  type: ['typeJson'],
  to: ['to'],
  change: ['changeJson'],
  claim: ['claimJson'],
  voucher: ['voucherJson'],
  acceptance: ['acceptanceJson'],
  codeId: ['id'],
  definition: ['definitionJson'],
  commands: ['draftsJson'],
  command: ['id'],
  release: ['releaseJson'],
  releaseId: ['id'],
  rollout: ['rolloutJson'],
  rolloutId: ['id'],
  vendorKey: ['keyJson'],
  vendorKeyId: ['id'],
  proposal: ['id'],
};

describe('what can be signed away from the gateway', () => {
  for (const { name, contract, method, parameters } of SIGNABLE) {
    it(`has ${name} as the contract takes it`, () => {
      const taken = changingParameters(`${contract}:${method}`);
      expect(taken).to.have.lengthOf(parameters.length);
      for (const [index, parameter] of parameters.entries())
        expect(NAMES[parameter]).to.include(taken?.[index]);
    });
  }
});
