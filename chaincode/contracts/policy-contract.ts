import { Context, Info, Returns, Transaction } from 'fabric-contract-api';

import { deviceIdSchema } from '../protocol/identifiers.ts';
import {
  actionSchema,
  type Decision,
  decide,
  type Request,
  resourceSchema,
  subjectSchema,
} from '../protocol/policy.ts';
import { parseArgument, parseJsonArgument } from './arguments.ts';
import { requirePermission } from './caller.ts';
import { canonicalJson } from './canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { devices } from './device-records.ts';

const askedResourceSchema = resourceSchema.extend({ device: deviceIdSchema.optional() });

/** Says who may do what, with the reason. Shapes are in `protocol/policy.ts`. */
@Info({ title: 'PolicyContract', description: 'Decides who may do what, and says why' })
export class PolicyContract extends CodedContract {
  constructor() {
    super('PolicyContract');
  }

  /**
   * -> Decision on (Subject, action, Resource). An empty subject asks for the caller. Whose a device is, is the
   * ledger's to say: `org` and `tenant` of a resource that names a device are taken from its record.
   */
  @Transaction(false)
  @Returns('string')
  async Authorize(ctx: Context, subjectJson: string, action: string, resourceJson: string): Promise<string> {
    const caller = requirePermission(ctx, 'policy:read');
    return canonicalJson(
      await judge(ctx, {
        subject: subjectJson === '' ? caller : parseJsonArgument('subject', subjectSchema, subjectJson),
        action: parseArgument('action', actionSchema, action),
        resource: parseJsonArgument('resource', askedResourceSchema, resourceJson),
      }),
    );
  }
}

async function judge({ stub }: Context, request: Request): Promise<Decision> {
  const { device: id } = request.resource;
  if (id === undefined) return decide(request);
  const device = await devices.get(stub, [id]);
  if (device === undefined) {
    return { allowed: false, rule: null, reason: `the ledger knows no device ${id}` };
  }
  const { org, tenant } = device;
  return decide({ ...request, resource: { ...request.resource, org, tenant } });
}
