import { Context, Info, Returns, Transaction } from 'fabric-contract-api';

import {
  type DeviceType,
  type TypeDefinition,
  typeDefinitionSchema,
  TYPES_EVENT,
} from '../protocol/device-type.ts';
import { deviceTypeSchema } from '../protocol/identifiers.ts';
import { resourceOfType } from '../protocol/policy/device-resource.ts';
import { parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { proposalInstant } from './proposal-instant.ts';
import { findType, types } from './type-records.ts';

/** What devices of each type can measure. All results are JSON texts; shapes and event are in `protocol/device-type.ts`. */
@Info({ title: 'TypeContract', description: 'Types of devices with their sensors: put, read' })
export class TypeContract extends CodedContract {
  constructor() {
    super('TypeContract');
  }

  /**
   * TypeDefinition -> DeviceType. A new type is the caller's organisation's from then on; of one that exists, another
   * definition makes the next version, and the same one changes nothing.
   */
  @Transaction()
  @Returns('string')
  async Put(ctx: Context, typeJson: string): Promise<string> {
    const definition = inOrder(parseJsonArgument('type', typeDefinitionSchema, typeJson));
    const known = await types.get(ctx.stub, [definition.name]);
    const org = known?.org ?? callerOf(ctx).org;
    const { name: by } = await requirePermission(
      ctx,
      'type:put',
      resourceOfType({ org, name: definition.name }),
    );
    if (known !== undefined && isSame(known, definition)) return canonicalJson(known);
    const put: DeviceType = {
      ...definition,
      org,
      version: (known?.version ?? 0) + 1,
      updatedAt: proposalInstant(ctx),
      by,
      transaction: ctx.stub.getTxID(),
    };
    await types.put(ctx.stub, [put.name], put);
    ctx.stub.setEvent(TYPES_EVENT, Buffer.from(canonicalJson({ types: [put] })));
    return canonicalJson(put);
  }

  /** -> DeviceType */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, name: string): Promise<string> {
    const type = await findType(ctx, parseArgument('name', deviceTypeSchema, name));
    await requirePermission(ctx, 'type:read', resourceOfType(type));
    return canonicalJson(type);
  }

  /** -> DeviceType[], in the order of their names. Types that the caller may not read are left out. */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context): Promise<string> {
    const judge = await Judge.of(ctx, 'type:read');
    const all = await types.all(ctx.stub, []);
    return canonicalJson(all.filter((type) => judge.decide(resourceOfType(type)).allowed));
  }
}

/** In which order its sensors were written down is nothing about a type. */
function inOrder(definition: TypeDefinition): TypeDefinition {
  const sensors = [...definition.sensors].sort((left, right) => (left.name < right.name ? -1 : 1));
  return { ...definition, sensors };
}

function isSame(
  { name, description, sensors, retentionDays }: DeviceType,
  definition: TypeDefinition,
): boolean {
  return canonicalJson({ name, description, sensors, retentionDays }) === canonicalJson(definition);
}
