/** The type contract of the channel registry in memory, as one member sees it. */
import { randomBytes } from 'node:crypto';

import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { resourceOfType } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { TypeLedger } from '../../network/ledger/types.ts';
import type { FakeRegistry } from './fake-registry.ts';

export function fakeTypes(registry: FakeRegistry, subject: Subject): TypeLedger {
  return {
    async put(definition) {
      const known = registry.types.get(definition.name);
      const org = known?.org ?? subject.org;
      await registry.judge(subject, 'type:put', resourceOfType({ org, name: definition.name }));
      const transaction = randomBytes(32).toString('hex');
      const type: DeviceType = {
        ...definition,
        org,
        version: (known?.version ?? 0) + 1,
        updatedAt: new Date(registry.now).toISOString(),
        by: subject.name,
        transaction,
      };
      registry.types.set(type.name, type);
      return { type, transaction, block: 12 };
    },
    async get(name) {
      const type = registry.types.get(name);
      if (type === undefined) throw new BiotError('TYPE_UNKNOWN', `the ledger knows no type ${name}`);
      await registry.judge(subject, 'type:read', resourceOfType(type));
      return type;
    },
    async list() {
      const { failure } = registry;
      registry.failure = undefined;
      if (failure !== undefined) throw failure;
      const readable = (type: DeviceType): boolean =>
        registry.policy().decide({ subject, action: 'type:read', resource: resourceOfType(type) }).allowed;
      return Promise.resolve([...registry.types.values()].filter(readable));
    },
  };
}
