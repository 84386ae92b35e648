import { voucherDraftSchema } from '../../chaincode/protocol/onboarding/voucher.ts';
import type { Signable } from '../../network/signing/signable.ts';
import type { LedgerAction } from '../../network/signing/proposal.ts';

/** The organisation (MSP id) that a change names as the next owner of devices; undefined when it names none. */
export function recipientOf({ parameters }: Signable, action: LedgerAction): string | undefined {
  const place = parameters.findIndex((name) => name === 'to' || name === 'voucher');
  const argument = action.arguments[place];
  if (argument === undefined || parameters[place] === 'to') return argument;
  return voucherDraftSchema.parse(JSON.parse(argument)).to;
}
