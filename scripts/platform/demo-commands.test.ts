import { expect } from 'chai';

import { commandDefinitionSchema } from '../../chaincode/protocol/command/definition.ts';
import { misfitOfParameters } from '../../chaincode/protocol/command/parameters.ts';
import { DEMO_COMMANDS } from './demo-commands.ts';
import { DEMO_FLEET } from './demo-fleet.ts';

describe('commands of the demo', () => {
  it('may be defined as they are', () => {
    for (const definition of DEMO_COMMANDS)
      expect(commandDefinitionSchema.parse(definition)).to.deep.equal(definition);
  });

  it('are taken by every device of the demo', () => {
    for (const { type } of DEMO_FLEET) {
      const names = DEMO_COMMANDS.filter((command) => command.type === type).map(({ name }) => name);
      expect(names).to.have.members(['set-interval', 'identify', 'restart']);
    }
  });

  it('take the seconds that they say, and a second person for a restart', () => {
    for (const { name, parameters, approval } of DEMO_COMMANDS) {
      expect(approval).to.equal(name === 'restart');
      expect(misfitOfParameters(parameters, { seconds: 60 }) === undefined).to.equal(name !== 'restart');
      expect(misfitOfParameters(parameters, {}) === undefined).to.equal(name === 'restart');
    }
  });
});
