import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { RefusalAudit } from '../../network/anchoring/refusal-audit.ts';

/** A message that was refused. `device` is null when its topic names none. */
export interface RefusedMessage {
  readonly device: string | null;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Takes note of what is refused. */
export interface MessageRefusals {
  readonly add: (refusal: RefusedMessage) => void;
}

/** Who refuses, what the audit trail calls that, and whose a device is, whatever tenant its message claimed; undefined when nobody knows it. */
interface Refuser {
  readonly actor: string;
  readonly org: string;
  readonly action: string;
  readonly tenantOf: (device: string) => string | undefined;
}

/** Brings them to the audit trail, as it names them. */
export function messageRefusals(refuser: Refuser, audit: Pick<RefusalAudit, 'add'>): MessageRefusals {
  const { actor, org, action, tenantOf } = refuser;
  return {
    add: (refusal) => {
      const { device } = refusal;
      const tenant = device === null ? null : (tenantOf(device) ?? null);
      audit.add({ ...refusal, actor, org, action, tenant, subject: null, address: null });
    },
  };
}
